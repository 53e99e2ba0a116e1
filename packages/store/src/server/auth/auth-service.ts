import type { AbortSignalLike, Clock, Logger } from '@flotilla/base';
import {
  type ApplyResult,
  type AuthRequest,
  type AuthResponse,
  authErrors,
  encodeAuthorized,
  encodeCommand,
  isStoreError,
  type MvccStore,
  StoreError,
} from '@flotilla/mvcc';
import type { Member } from '../../member.js';
import type { Caller } from '../caller.js';
import { authAttemptsMax } from '../limits.js';
import { Passwords } from './passwords.js';
import { randomTokenPrefix, SimpleTokens, tokenIndex } from './simple-tokens.js';

export interface AuthServiceOptions {
  readonly member: Member<MvccStore>;
  readonly clock: Clock;
  readonly log: Logger;
  /** `--auth-token-ttl`: how long a token lives without being used. */
  readonly tokenTtlMs: number;
  /** `--bcrypt-cost`. */
  readonly passwordCost: number;
}

/** Nobody: who comes without a token and without a certificate. */
export const nobody = '';

/** Who is who, and what goes in whose name. While auth is off, nobody is asked. */
export class AuthService {
  readonly passwords: Passwords;
  readonly #member: Member<MvccStore>;
  readonly #log: Logger;
  readonly #tokens: SimpleTokens;

  constructor({ member, clock, log, tokenTtlMs, passwordCost }: AuthServiceOptions) {
    this.#member = member;
    this.#log = log;
    this.#tokens = new SimpleTokens(clock, tokenTtlMs);
    this.passwords = new Passwords(passwordCost);
    member.store.observeAuth(this.#tokens);
  }

  get enabled(): boolean {
    return this.#member.store.auth.enabled;
  }

  /**
   * Whose request it is, as far as this member knows at this moment.
   * @returns `nobody` when the caller does not say
   * @throws StoreError `unauthenticated`
   */
  userNow({ token, commonName }: Caller): string {
    if (token === undefined) return commonName === undefined ? nobody : userName(commonName);
    const user = this.#tokens.userOf(token);
    if (user === undefined) throw authErrors.invalidToken();
    return user;
  }

  /** As `userNow`, but waits for a token that another member gave out while this one lags behind. */
  async user(caller: Caller): Promise<string> {
    if (!this.mayKnow(caller)) await this.#member.linearizable();
    return this.userNow(caller);
  }

  /** @returns false when the log may yet bring the caller's token to this member */
  mayKnow({ token }: Caller): boolean {
    if (token === undefined || !this.enabled || this.#tokens.userOf(token) !== undefined) return true;
    return (tokenIndex(token) ?? 0) <= this.#member.store.appliedIndex;
  }

  /** @throws StoreError unless the caller is a user, whichever */
  async requireUser(caller: Caller): Promise<void> {
    if (this.enabled && (await this.user(caller)) === nobody) throw authErrors.userEmpty();
  }

  /** @throws StoreError unless the caller is a user with the root role */
  async requireRoot(caller: Caller): Promise<void> {
    if (this.enabled) this.#member.store.auth.checkRoot(await this.user(caller));
  }

  /**
   * Proposes an encoded command in the caller's name. It is checked when it is applied; when users or roles changed on
   * its way, it has not been executed, and goes again.
   * @throws StoreError
   */
  async propose(encoded: Uint8Array, caller: Caller, signal?: AbortSignalLike): Promise<ApplyResult> {
    for (let attempt = 1; ; attempt++) {
      if (!this.enabled) return this.#member.propose(encoded, signal);
      const user = await this.user(caller);
      if (user === nobody) throw authErrors.userEmpty();
      const { revision: authRevision } = this.#member.store.auth;
      const result = await this.#member.propose(encodeAuthorized({ user, authRevision }, encoded), signal);
      const stale = 'error' in result && isStoreError(result.error, 'auth-old-revision');
      if (!stale || attempt === authAttemptsMax) return result;
    }
  }

  /** Changes users and roles. @throws StoreError */
  async change(request: AuthRequest, caller: Caller, signal?: AbortSignalLike): Promise<AuthResponse> {
    return answerOf(await this.propose(encodeCommand({ auth: request }), caller, signal));
  }

  /**
   * Starts a session.
   * @returns its token, good on every member
   * @throws StoreError
   */
  async authenticate(user: string, password: string, signal?: AbortSignalLike): Promise<AuthResponse> {
    await this.#member.linearizable(signal);
    for (let attempt = 1; ; attempt++) {
      const authRevision = await this.#checkPassword(user, password);
      const auth: AuthRequest = { kind: 'authenticate', user, tokenPrefix: randomTokenPrefix(), authRevision };
      try {
        return answerOf(await this.#member.propose(encodeCommand({ auth }), signal));
      } catch (error) {
        if (!isStoreError(error, 'auth-old-revision') || attempt === authAttemptsMax) throw error;
      }
    }
  }

  close(): void {
    this.#tokens.close();
  }

  /** @returns the auth revision at which the password was right */
  async #checkPassword(user: string, password: string): Promise<number> {
    const { auth } = this.#member.store;
    if (!auth.enabled) throw authErrors.notEnabled();
    const { revision } = auth;
    const known = auth.users.get(user);
    if (known !== undefined && known.passwordHash === undefined) throw authErrors.noPasswordUser();
    if (known?.passwordHash !== undefined && (await this.passwords.matches(password, known.passwordHash))) return revision;
    this.#log.warn({ user: Buffer.from(user, 'latin1').toString() }, 'invalid authentication was requested');
    throw authErrors.authFailed();
  }
}

/** Names are kept as binary strings of their UTF-8 bytes. */
export function userName(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function answerOf(result: ApplyResult): AuthResponse {
  if ('error' in result) throw result.error;
  if ('auth' in result.response) return result.response.auth;
  throw new StoreError('invalid', 'the answer is not of the kind of the command');
}
