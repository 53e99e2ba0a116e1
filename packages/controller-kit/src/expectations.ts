import type { Clock } from '@flotilla/base';

interface Expected {
  creations: number;
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

/** An expectation that is not met in this time was wrong (the event was lost): the controller looks again. */
const expectationTimeoutMs = 5 * 60_000;

/**
 * What a controller did and its cache does not show yet. Until it does, the controller must not count on the cache:
 * it would create again what it has just created. Keys are the controller's own.
 */
export class ControllerExpectations {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Expected>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Call before the first create, since the watch may be faster than the answer. */
  expectCreations(key: string, count: number): void {
    this.#pending(key).creations += count;
  }

  expectDeletions(key: string, uids: readonly string[]): void {
    for (const uid of uids) this.#pending(key).deletions.add(uid);
  }

  /** The cache shows a new object; or its creation failed and none will come. */
  creationObserved(key: string): void {
    const expected = this.#byKey.get(key);
    if (expected !== undefined) expected.creations = Math.max(0, expected.creations - 1);
  }

  deletionObserved(key: string, uid: string): void {
    this.#byKey.get(key)?.deletions.delete(uid);
  }

  /** Whether the cache shows everything that was done. */
  satisfied(key: string): boolean {
    const expected = this.#byKey.get(key);
    if (expected === undefined) return true;
    if (expected.creations === 0 && expected.deletions.size === 0) return true;
    return this.#clock.monotonicMs() - expected.sinceMs > expectationTimeoutMs;
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  #pending(key: string): Expected {
    const known = this.#byKey.get(key);
    if (known !== undefined && !this.satisfied(key)) return known;
    const fresh = { creations: 0, deletions: new Set<string>(), sinceMs: this.#clock.monotonicMs() };
    this.#byKey.set(key, fresh);
    return fresh;
  }
}
