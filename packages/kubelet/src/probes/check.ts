import type { ContainerPort, Probe } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import type { ContainerRuntime } from '../runtimes/runtime.js';
import { checkGrpc } from './check-grpc.js';
import { checkHttp, checkTcp } from './check-network.js';

export interface Verdict {
  readonly healthy: boolean;
  /** For the event: `HTTP probe failed with statuscode: 503`. */
  readonly output: string;
}

export interface ProbeTarget {
  readonly runtime: ContainerRuntime;
  readonly containerId: string;
  readonly podIp: string;
  readonly ports: readonly ContainerPort[];
}

/** One attempt at a probe or hook. Never throws: what cannot be asked is not healthy. */
export async function check(probe: Probe, target: ProbeTarget, timeoutMs: number): Promise<Verdict> {
  try {
    if (probe.exec !== undefined) return await checkExec(probe.exec.command ?? [], target, timeoutMs);
    if (probe.httpGet !== undefined) {
      const { host, port, path = '/', scheme = 'HTTP', httpHeaders = [] } = probe.httpGet;
      const headers = httpHeaders.map(({ name, value }): [string, string] => [name, value]);
      return await checkHttp(
        { host: host || target.podIp, port: portNumber(port, target.ports), path, https: scheme === 'HTTPS', headers },
        timeoutMs,
      );
    }
    if (probe.tcpSocket !== undefined) {
      return await checkTcp(probe.tcpSocket.host || target.podIp, portNumber(probe.tcpSocket.port, target.ports), timeoutMs);
    }
    if (probe.grpc !== undefined) return await checkGrpc(target.podIp, probe.grpc.port, probe.grpc.service ?? '', timeoutMs);
    return { healthy: true, output: '' };
  } catch (error) {
    return { healthy: false, output: errorMessage(error) };
  }
}

async function checkExec(command: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<Verdict> {
  const { stdout, stderr, exitCode } = await target.runtime.execSync(target.containerId, command, timeoutMs);
  if (exitCode === undefined) return { healthy: false, output: `command "${command.join(' ')}" timed out` };
  return { healthy: exitCode === 0, output: stdout + stderr };
}

/** @throws RangeError for a name that no port of the container has */
export function portNumber(port: string | number, ports: readonly ContainerPort[]): number {
  if (typeof port === 'number') return port;
  const named = ports.find(({ name }) => name === port)?.containerPort ?? Number(port);
  if (!Number.isInteger(named) || named < 1 || named > 65_535)
    throw new RangeError(`couldn't find port: "${port}" in the container's ports`);
  return named;
}
