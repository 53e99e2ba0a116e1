import { statusErrors } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import type { Exchange } from '../../http/exchange.js';
import { bearerProtocol } from '../../http/watch-stream.js';
import { tokenCacheEntriesMax, tokenCacheTtlMs } from '../../limits.js';
import type { UserInfo } from '../user-info.js';
import type { Authenticator, TokenAuthenticator, TokenIdentity } from './authenticator.js';

/** Tokens in the Authorization header, or for browsers in a WebSocket's subprotocol. Valid ones are remembered for a while. */
export function bearerTokenAuthenticator(sorts: readonly TokenAuthenticator[], clock: Clock): Authenticator {
  const remembered = new Map<string, { readonly user: UserInfo; readonly untilMs: number }>();
  return {
    name: 'bearer-token',
    authenticate(exchange) {
      const token = bearerToken(exchange);
      if (token === undefined) return undefined;
      const known = remembered.get(token);
      if (known !== undefined && known.untilMs > clock.monotonicMs()) return known.user;
      return verify(token);
    },
  };

  async function verify(token: string): Promise<UserInfo> {
    const identity = await authenticateToken(sorts, token, []);
    if (identity === undefined) throw statusErrors.unauthorized();
    if (remembered.size >= tokenCacheEntriesMax) remembered.clear();
    remembered.set(token, { user: identity.user, untilMs: clock.monotonicMs() + tokenCacheTtlMs });
    return identity.user;
  }
}

/** Tries each sort of token in order. */
export async function authenticateToken(
  sorts: readonly TokenAuthenticator[],
  token: string,
  audiences: readonly string[],
): Promise<TokenIdentity | undefined> {
  for (const sort of sorts) {
    const identity = await sort.authenticateToken(token, audiences);
    if (identity !== undefined) return identity;
  }
  return undefined;
}

function bearerToken(exchange: Exchange): string | undefined {
  const header = exchange.request.headers.authorization;
  const match = header === undefined ? null : /^bearer +(\S+)\s*$/i.exec(header);
  if (match !== null) return match[1];
  if (exchange.upgrade === undefined) return undefined;
  for (const protocol of (exchange.header('sec-websocket-protocol') ?? '').split(',')) {
    const name = protocol.trim();
    if (name.startsWith(bearerProtocol)) return Buffer.from(name.slice(bearerProtocol.length), 'base64url').toString('utf8');
  }
  return undefined;
}
