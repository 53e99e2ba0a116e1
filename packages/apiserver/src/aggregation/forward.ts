import { errorMessage } from '@flotilla/base';
import type { UserInfo } from '../auth/user-info.js';
import type { Exchange } from '../http/exchange.js';
import { hasBody } from '../http/message.js';
import { respondText } from '../http/respond.js';
import { forwardedHeaders } from '../http/streams/forwarded-headers.js';
import { isUpgraded, join } from '../http/streams/join.js';
import { passBack } from '../http/streams/pass-back.js';
import type { Endpoint } from '../services/ready-endpoints.js';
import type { ExtensionClient, Headers } from './extension-client.js';

/** Passes a request on to an extension API server, and its answer back: at once, and as a stream. */
export async function forward(exchange: Exchange, client: ExtensionClient, endpoint: Endpoint): Promise<void> {
  const { request, method, signal, upgrade, user } = exchange;
  const headers = extensionHeaders(exchange, user);
  if (upgrade !== undefined) {
    headers['connection'] = 'Upgrade';
    headers['upgrade'] = request.headers.upgrade ?? 'websocket';
  }
  const path = request.url ?? '/';
  let answer: Awaited<ReturnType<ExtensionClient['send']>>;
  try {
    answer = await client.send(endpoint, { method, path, headers, body: hasBody(request) ? request : undefined, signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return respondText(exchange, 503, `error trying to reach service: ${errorMessage(error)}\n`);
  }
  if (isUpgraded(answer)) return join(exchange, answer);
  await passBack(exchange, { statusCode: answer.statusCode, headers: withoutIdentity(answer.headers), body: answer });
}

/** Who a user is the extension hears from us alone, and nobody hears it from the extension. */
function withoutIdentity<T extends object>(headers: T): T {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-remote-'))) as T; // fewer of the same
}

/** Headers by which a front proxy tells of a user: "Configure the Aggregation Layer" of the Kubernetes reference. */
function extensionHeaders({ request }: Pick<Exchange, 'request'>, user: UserInfo): Headers {
  const headers: Headers = withoutIdentity(forwardedHeaders(request));
  if (hasBody(request) && request.headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked';
  headers['x-remote-user'] = user.username;
  if (user.uid !== '') headers['x-remote-uid'] = user.uid;
  headers['x-remote-group'] = [...user.groups];
  for (const [key, values] of Object.entries(user.extra)) headers[`x-remote-extra-${escapedKey(key)}`] = [...values];
  return headers;
}

/** Keys may hold what header names may not: those characters are percent-encoded. */
function escapedKey(key: string): string {
  return [...Buffer.from(key.toLowerCase(), 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[a-z0-9!#$&'*+.^_`|~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
