import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { probeBodyBytesMax } from '../limits.js';
import type { Verdict } from './check.js';

export interface HttpTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly https: boolean;
  readonly headers: readonly (readonly [string, string])[];
}

/** GET; 200 to 399 is healthy. Certificates are not verified and redirects to other hosts count as success, as in Kubernetes. */
export function checkHttp(target: HttpTarget, timeoutMs: number): Promise<Verdict> {
  const { host, port, path, https, headers } = target;
  const url = `${https ? 'https' : 'http'}://${host}:${port}${path.startsWith('/') ? path : `/${path}`}`;
  return new Promise((resolve) => {
    const options = {
      host,
      port,
      path: path.startsWith('/') ? path : `/${path}`,
      headers: { 'user-agent': 'kube-probe/1.34', accept: '*/*', connection: 'close', ...Object.fromEntries(headers) },
      agent: false as const,
      signal: AbortSignal.timeout(timeoutMs),
    };
    const onResponse = (response: import('node:http').IncomingMessage) => {
      const code = response.statusCode ?? 0;
      let bytes = 0;
      const done = () => {
        request.destroy();
        resolve(
          code >= 200 && code < 400
            ? { healthy: true, output: '' }
            : { healthy: false, output: `HTTP probe failed with statuscode: ${code}` },
        );
      };
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > probeBodyBytesMax) done();
      });
      response.on('end', done).on('error', done);
    };
    const request = https
      ? httpsRequest({ ...options, rejectUnauthorized: false }, onResponse)
      : httpRequest(options, onResponse);
    request.on('error', (error: NodeJS.ErrnoException) => {
      const timedOut = error.name === 'AbortError' || error.name === 'TimeoutError';
      const reason = timedOut
        ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        : dialProblem(host, port, error);
      resolve({ healthy: false, output: `Get "${url}": ${reason}` });
    });
    request.end();
  });
}

export function checkTcp(host: string, port: number, timeoutMs: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (verdict: Verdict) => {
      socket.destroy();
      resolve(verdict);
    };
    socket.setTimeout(timeoutMs, () => finish({ healthy: false, output: `dial tcp ${host}:${port}: i/o timeout` }));
    socket.on('connect', () => finish({ healthy: true, output: '' }));
    socket.on('error', (error: NodeJS.ErrnoException) => finish({ healthy: false, output: dialProblem(host, port, error) }));
  });
}

function dialProblem(host: string, port: number, error: NodeJS.ErrnoException): string {
  const reason = error.code === 'ECONNREFUSED' ? 'connect: connection refused' : error.message;
  return `dial tcp ${host}:${port}: ${reason}`;
}
