import type { Container, LifecycleHandler } from '@flotilla/api';
import { type Clock, sleep } from '@flotilla/base';
import { check, portNumber } from '../probes/check.js';
import { checkHttp } from '../probes/check-network.js';
import type { ContainerRuntime } from '../runtimes/runtime.js';

/** Runs one `postStart` or `preStop` handler. @throws Error saying why it failed */
export async function runHook(
  handler: LifecycleHandler,
  target: {
    readonly runtime: ContainerRuntime;
    readonly clock: Clock;
    readonly container: Container;
    readonly containerId: string;
    readonly podIp: string;
  },
  timeoutMs: number,
): Promise<void> {
  const { runtime, clock, container, containerId, podIp } = target;
  const ports = container.ports ?? [];
  if (handler.sleep !== undefined) return sleep(clock, Math.min(handler.sleep.seconds * 1_000, timeoutMs));
  if (handler.httpGet !== undefined) {
    const { host, port, path = '/', scheme = 'HTTP', httpHeaders = [] } = handler.httpGet;
    const headers = httpHeaders.map(({ name, value }): [string, string] => [name, value]);
    const verdict = await checkHttp(
      { host: host || podIp, port: portNumber(port, ports), path, https: scheme === 'HTTPS', headers },
      timeoutMs,
    );
    if (!verdict.healthy) throw new Error(verdict.output);
    return;
  }
  if (handler.exec === undefined) return;
  const verdict = await check({ exec: handler.exec }, { runtime, containerId, podIp, ports }, timeoutMs);
  if (!verdict.healthy) throw new Error(`command ${JSON.stringify(handler.exec.command ?? [])} failed: ${verdict.output.trim()}`);
}
