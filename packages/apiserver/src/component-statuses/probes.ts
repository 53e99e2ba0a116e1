import { get } from 'node:https';
import { isIPv6 } from 'node:net';
import { errorMessage } from '@flotilla/base';
import type { DaemonContext } from '@flotilla/process';
import type { KeyValueStore } from '@flotilla/store-client';
import type { ApiServerFlags } from '../config.js';
import { componentAnswerBytesMax, componentProbeTimeoutMs } from '../limits.js';
import { openStore } from '../store-connection.js';
import { connectionErrorText } from '../webhooks/connection-error.js';
import type { ComponentProbe, ProbeResult } from './component-statuses.js';

/** The ports on which Kubernetes' components are healthy, unless their flags say otherwise. */
const controllerManagerPort = 10_257;
const schedulerPort = 10_259;

/**
 * Whom to ask: the controller manager and the scheduler beside this server, on their own ports, as kube-apiserver does too;
 * and every endpoint of the store, by itself.
 */
export function componentProbes(flags: ApiServerFlags, context: DaemonContext): ReadonlyMap<string, ComponentProbe> {
  const { bindAddress } = flags;
  const host = bindAddress === '0.0.0.0' || bindAddress === '::' ? '127.0.0.1' : bindAddress;
  return new Map<string, ComponentProbe>([
    ['controller-manager', healthProbe(host, controllerManagerPort)],
    ...flags.etcdServers.map((endpoint, index): [string, ComponentProbe] => [
      `etcd-${index}`,
      storeProbe(() => openStore({ ...flags, etcdServers: [endpoint] }, context), flags.etcdPrefix),
    ]),
    ['scheduler', healthProbe(host, schedulerPort)],
  ]);
}

/** Reads `/healthz` over HTTPS. Whose certificate that is does not matter: nothing is sent, and the answer is only shown. */
export function healthProbe(address: string, port: number): ComponentProbe {
  const host = `${isIPv6(address) ? `[${address}]` : address}:${port}`;
  const url = `https://${host}/healthz`;
  return (signal) =>
    new Promise<ProbeResult>((resolve) => {
      const timeout = AbortSignal.timeout(componentProbeTimeoutMs);
      const fail = (error: unknown) => {
        const why = timeout.aborted ? 'context deadline exceeded' : connectionErrorText(error, host);
        resolve({ healthy: false, message: `Get ${JSON.stringify(url)}: ${why}` });
      };
      const options = { agent: false, rejectUnauthorized: false, signal: AbortSignal.any([signal, timeout]) };
      const request = get(url, options, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const done = () => {
          const { statusCode: code = 0 } = response;
          const text = Buffer.concat(chunks).toString('utf8', 0, componentAnswerBytesMax);
          if (code >= 200 && code < 400) resolve({ healthy: true, message: text });
          else resolve({ healthy: false, message: `HTTP probe failed with statuscode: ${code}` });
        };
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes < componentAnswerBytesMax) return;
          done();
          request.destroy();
        });
        response.on('end', done);
        response.on('error', fail);
      });
      request.on('error', fail);
    });
}

/** Reads a key that is never there: whether the endpoint answers is what matters. */
export function storeProbe(
  open: () => { readonly store: Pick<KeyValueStore, 'range'>; close(): Promise<void> },
  prefix: string,
): ComponentProbe {
  return async (signal) => {
    const { store, close } = open();
    const timeout = AbortSignal.timeout(componentProbeTimeoutMs);
    try {
      await store.range({ key: Buffer.from(`${prefix}/health`), countOnly: true }, AbortSignal.any([signal, timeout]));
      return { healthy: true, message: 'ok' };
    } catch (error) {
      return { healthy: false, error: timeout.aborted ? 'context deadline exceeded' : errorMessage(error) };
    } finally {
      await close();
    }
  };
}
