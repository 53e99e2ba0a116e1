import type { Exchange } from '../../http/exchange.js';
import type { UserInfo } from '../user-info.js';

/** Finds out from a request who makes it. */
export interface Authenticator {
  readonly name: string;
  /**
   * @returns undefined when the request carries no credential of this sort
   * @throws StatusError Unauthorized when it carries one that is not valid
   */
  authenticate(exchange: Exchange): Promise<UserInfo | undefined> | UserInfo | undefined;
}

/** What a valid token stands for. */
export interface TokenIdentity {
  readonly user: UserInfo;
  /** Those of the wanted audiences that the token is meant for; empty: the token knows no audiences. */
  readonly audiences: readonly string[];
}

/** One sort of bearer token. */
export interface TokenAuthenticator {
  readonly name: string;
  /**
   * @param audiences that may be addressed; empty: those of the API server
   * @returns undefined when the token is not one of this sort, or not a valid one
   */
  authenticateToken(token: string, audiences: readonly string[]): Promise<TokenIdentity | undefined> | TokenIdentity | undefined;
}
