import { randomInt } from 'node:crypto';
import type { Cancel, Clock } from '@flotilla/base';
import type { AuthObserver } from '@flotilla/mvcc';

interface Session {
  readonly user: string;
  expiresAtMs: number;
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const prefixLength = 16;

/** What a new token starts with; the index of the command that assigns it makes it unique: `aBc….123`. */
export function randomTokenPrefix(): string {
  return Array.from({ length: prefixLength }, () => letters[randomInt(letters.length)]).join('');
}

/** @returns the log index in a token, undefined when it is none */
export function tokenIndex(token: string): number | undefined {
  const index = Number(/^[^.]+\.(\d+)$/.exec(token)?.[1] ?? Number.NaN);
  return Number.isSafeInteger(index) ? index : undefined;
}

/**
 * etcd's `simple` tokens. Every member learns of each from the log, and forgets it by its own clock when it has not been
 * used there for a while; a restart forgets them all.
 */
export class SimpleTokens implements AuthObserver {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #sessions = new Map<string, Session>();
  #cancelSweep: Cancel | undefined;

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  /** @returns whose token it is, undefined when it is nobody's. Looking it up prolongs it. */
  userOf(token: string): string | undefined {
    const session = this.#sessions.get(token);
    const nowMs = this.#clock.monotonicMs();
    if (session === undefined || session.expiresAtMs <= nowMs) return undefined;
    session.expiresAtMs = nowMs + this.#ttlMs;
    return session.user;
  }

  tokenAssigned(user: string, token: string): void {
    this.#sessions.set(token, { user, expiresAtMs: this.#clock.monotonicMs() + this.#ttlMs });
    this.#sweepLater();
  }

  userChanged(user: string): void {
    for (const [token, session] of this.#sessions) if (session.user === user) this.#sessions.delete(token);
  }

  reset(): void {
    this.#sessions.clear();
  }

  close(): void {
    this.#cancelSweep?.();
    this.#sessions.clear();
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#clock.after(this.#ttlMs, () => {
      this.#cancelSweep = undefined;
      const nowMs = this.#clock.monotonicMs();
      for (const [token, { expiresAtMs }] of this.#sessions) if (expiresAtMs <= nowMs) this.#sessions.delete(token);
      if (this.#sessions.size > 0) this.#sweepLater();
    });
  }
}
