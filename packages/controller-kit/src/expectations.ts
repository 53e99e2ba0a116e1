import type { Clock } from '@flotilla/base';

interface Expected {
  /** By name; the resourceVersion is known once the server has answered. */
  readonly creations: Map<string, string | undefined>;
  /** By uid. */
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

/** An expectation that is not met in this time was wrong: the controller looks again. */
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

  /** Call before the creates, since the watch may be faster than the answer. */
  expectCreations(key: string, names: readonly string[]): void {
    for (const name of names) this.#pending(key).creations.set(name, undefined);
  }

  expectDeletions(key: string, uids: readonly string[]): void {
    for (const uid of uids) this.#pending(key).deletions.add(uid);
  }

  /** Whether the object was neither seen nor given up yet. */
  expectsCreation(key: string, name: string): boolean {
    return this.#byKey.get(key)?.creations.has(name) === true;
  }

  /** The cache shows the object; or its creation failed and it will never be there. */
  creationObserved(key: string, name: string): void {
    this.#byKey.get(key)?.creations.delete(name);
  }

  /** The server has answered: a cache that has come this far and does not show the object has missed its whole life. */
  creationAnswered(key: string, name: string, resourceVersion: string): void {
    const creations = this.#byKey.get(key)?.creations;
    if (creations?.has(name) === true) creations.set(name, resourceVersion);
  }

  deletionObserved(key: string, uid: string): void {
    this.#byKey.get(key)?.deletions.delete(uid);
  }

  /** Whether the cache, which shows everything up to this resourceVersion, shows everything that was done. */
  satisfied(key: string, cacheVersion: string): boolean {
    const expected = this.#byKey.get(key);
    if (expected === undefined) return true;
    for (const [name, version] of expected.creations) {
      if (version !== undefined && isReached(version, cacheVersion)) expected.creations.delete(name);
    }
    if (expected.creations.size === 0 && expected.deletions.size === 0) return true;
    return this.#clock.monotonicMs() - expected.sinceMs > expectationTimeoutMs;
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  /** A round of work that is over gives way to the next one. */
  #pending(key: string): Expected {
    const known = this.#byKey.get(key);
    if (known !== undefined && !this.satisfied(key, '')) return known;
    const fresh = { creations: new Map<string, string>(), deletions: new Set<string>(), sinceMs: this.#clock.monotonicMs() };
    this.#byKey.set(key, fresh);
    return fresh;
  }
}

/** Resource versions are decimal numbers, maybe too big for a float. */
function isReached(version: string, cacheVersion: string): boolean {
  return version.length === cacheVersion.length ? version <= cacheVersion : version.length < cacheVersion.length;
}
