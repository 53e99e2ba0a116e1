import { statusErrors } from '@flotilla/api';
import type { Exchange } from '../../http/exchange.js';
import type { UserInfo } from '../user-info.js';
import type { Authenticator } from './authenticator.js';

/**
 * Asks each authenticator in order; the first that knows the client wins. A credential that is not valid counts only
 * when no other one is, and then outweighs anonymous access, which is why that has to be the last.
 * @throws StatusError Unauthorized
 */
export async function authenticate(authenticators: readonly Authenticator[], exchange: Exchange): Promise<UserInfo> {
  let refused = false;
  for (const authenticator of authenticators) {
    if (refused && authenticator.name === 'anonymous') break;
    try {
      const found = authenticator.authenticate(exchange);
      const user = found instanceof Promise ? await found : found;
      if (user !== undefined) return user;
    } catch {
      refused = true;
    }
  }
  throw statusErrors.unauthorized();
}
