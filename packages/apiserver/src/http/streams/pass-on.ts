import type { IncomingMessage } from 'node:http';
import { statusErrors } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import type { Exchange } from '../exchange.js';
import type { KubeletClient } from '../nodes/kubelet-client.js';
import { forwardedHeaders } from './forwarded-headers.js';
import { isUpgraded, join, type Upgraded } from './join.js';
import { passBack } from './pass-back.js';

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
  // A server that stays with HTTP says why.
  return isUpgraded(answer)
    ? join(exchange, answer)
    : passBack(exchange, { statusCode: answer.statusCode, headers: answer.headers, body: answer });
}
