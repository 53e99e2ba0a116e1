import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { statusErrors } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import type { Exchange } from '../exchange.js';
import type { KubeletClient } from '../nodes/kubelet-client.js';
import { forwardedHeaders, isForwarded } from './forwarded-headers.js';
import { isUpgraded, join, type Upgraded } from './join.js';

/** Passes a request that asks to leave HTTP on to a kubelet or a pod, and from its agreement on every byte, both ways. */
export async function passOnUpgrade(exchange: Exchange, kubelets: KubeletClient, url: string): Promise<void> {
  const { request, method, signal } = exchange;
  const headers = { ...forwardedHeaders(request), connection: 'Upgrade', upgrade: request.headers.upgrade ?? 'websocket' };
  let answer: IncomingMessage | Upgraded;
  try {
    answer = await kubelets.upgrade(url, { method, headers, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw statusErrors.internalError(`error dialing backend: ${errorMessage(error)}`);
  }
  return isUpgraded(answer) ? join(exchange, answer) : respondWith(exchange, answer);
}

/** The server stays with HTTP: its answer says why. */
async function respondWith({ response }: Exchange, answer: IncomingMessage): Promise<void> {
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && isForwarded(name)) response.setHeader(name, value);
  }
  response.writeHead(answer.statusCode ?? 502);
  await pipeline(answer, response).catch((error: unknown) => {
    if (!response.destroyed) throw error;
  });
}
