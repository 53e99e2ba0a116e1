import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Pod } from '@flotilla/api';
import { type LogOptions, readLog } from '../logs/read-log.js';
import { attemptsOf } from '../pods/pod-state.js';
import { runtimePodOf } from '../pods/pod-workers.js';
import type { ContainerRuntime, ContainerStatus } from '../runtimes/runtime.js';
import { HttpError } from './http-error.js';
import type { RouteRequest } from './server.js';

export interface LogDeps {
  readonly runtime: ContainerRuntime;
  pods(): readonly Pod[];
}

/** `GET /containerLogs/{namespace}/{pod}/{container}` with the options of `PodLogOptions`. */
export async function containerLogs(deps: LogDeps, request: RouteRequest, response: ServerResponse): Promise<void> {
  const [namespace = '', name = '', containerName = ''] = request.parameters;
  const options = logOptions(request.query);
  const status = await findContainer(deps, namespace, name, containerName, request.query.get('previous') === 'true');
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  const { runtime } = deps;
  const source = {
    path: status.logPath,
    isRunning: async () => ((await runtime.containerStatus(status.id))?.state ?? 'CONTAINER_EXITED') !== 'CONTAINER_EXITED',
    onChange: (listener: () => void) => runtime.onChange((uid) => uid === status.podUid && listener()),
  };
  for await (const piece of readLog(source, options, request.signal)) {
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (request.signal.aborted) return;
  }
  response.end();
}

async function findContainer(
  { runtime, pods }: LogDeps,
  namespace: string,
  name: string,
  container: string,
  previous: boolean,
): Promise<ContainerStatus> {
  const pod = pods().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (pod === undefined) throw new HttpError(404, `pod "${name}" does not exist`);
  const { spec } = pod;
  if (
    ![...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])].some(
      (one) => one.name === container,
    )
  ) {
    throw new HttpError(404, `container "${container}" not found in pod "${name}"`);
  }
  const [latest, before] = attemptsOf(await runtimePodOf(runtime, pod.metadata.uid ?? ''), container);
  // While a container waits to be started again, its last run is what there is to read.
  const wanted = previous ? (latest?.state === 'CONTAINER_EXITED' && before === undefined ? latest : before) : latest;
  if (wanted !== undefined) return wanted;
  if (previous) throw new HttpError(400, `previous terminated container "${container}" in pod "${name}" not found`);
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const reason = statuses.find((status) => status.name === container)?.state?.waiting?.reason ?? 'ContainerCreating';
  throw new HttpError(400, `container "${container}" in pod "${name}" is waiting to start: ${reason}`);
}

/** @throws HttpError 400 */
function logOptions(query: URLSearchParams): LogOptions {
  const sinceSeconds = wholeNumber(query, 'sinceSeconds', 1);
  const sinceTime = query.get('sinceTime');
  const sinceTimeMs = sinceTime === null ? undefined : Date.parse(sinceTime);
  if (sinceTimeMs !== undefined && Number.isNaN(sinceTimeMs)) throw new HttpError(400, `invalid sinceTime: ${sinceTime}`);
  if (sinceSeconds !== undefined && sinceTimeMs !== undefined)
    throw new HttpError(400, 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    tailLines: wholeNumber(query, 'tailLines', 0),
    sinceMs: sinceTimeMs ?? (sinceSeconds === undefined ? undefined : Date.now() - sinceSeconds * 1_000),
    limitBytes: wholeNumber(query, 'limitBytes', 1),
  };
}

function wholeNumber(query: URLSearchParams, name: string, min: number): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min)
    throw new HttpError(400, `${name}: Invalid value: "${text}": must be a whole number of at least ${min}`);
  return value;
}
