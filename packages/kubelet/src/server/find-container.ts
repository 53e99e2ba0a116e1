import type { Pod } from '@flotilla/api';
import { latestOf } from '../pods/pod-state.js';
import { runtimePodOf } from '../pods/pod-workers.js';
import type { ContainerRuntime, ContainerStatus, PodSandbox } from '../runtimes/runtime.js';
import { HttpError } from './http-error.js';

export interface PodDeps {
  readonly runtime: ContainerRuntime;
  /** Every pod of this node with its newest status. */
  pods(): readonly Pod[];
}

/** @throws HttpError 404 */
function findPod({ pods }: PodDeps, namespace: string, name: string): Pod {
  const pod = pods().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (pod === undefined) throw new HttpError(404, 'pod does not exist');
  return pod;
}

/** @throws HttpError 404 when there is no such pod, 500 when no such container of it runs */
export async function findRunning(deps: PodDeps, namespace: string, name: string, container: string): Promise<ContainerStatus> {
  const pod = findPod(deps, namespace, name);
  const status = latestOf(await runtimePodOf(deps.runtime, pod.metadata.uid ?? ''), container);
  if (status?.state !== 'CONTAINER_RUNNING') throw new HttpError(500, `container not found (${JSON.stringify(container)})`);
  return status;
}

/** @throws HttpError 404 when there is no such pod, 500 when it does not run */
export async function findSandbox(deps: PodDeps, namespace: string, name: string): Promise<PodSandbox> {
  const { metadata } = findPod(deps, namespace, name);
  const { sandbox } = await runtimePodOf(deps.runtime, metadata.uid ?? '');
  if (sandbox?.state !== 'SANDBOX_READY')
    throw new HttpError(500, `failed to find sandbox of pod ${JSON.stringify(`${name}_${namespace}(${metadata.uid ?? ''})`)}`);
  return sandbox;
}
