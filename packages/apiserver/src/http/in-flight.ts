import { statusErrors } from '@flotilla/api';
import { retryAfterSeconds } from '../limits.js';
import type { RequestInfo } from './request-info.js';

const mutatingVerbs: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put']);
const streamingSubresources: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** Watches and streams last as long as the client likes: they are not counted as in flight. */
export function isLongRunning(info: RequestInfo): boolean {
  return info.verb === 'watch' || info.verb === 'proxy' || streamingSubresources.has(info.subresource);
}

/**
 * Bounds how many requests are worked on at a time, reads and writes apart, so that neither starves the other.
 * Beyond that a client is told to come back rather than queued.
 */
export class InFlight {
  readonly #readsMax: number;
  readonly #writesMax: number;
  #reads = 0;
  #writes = 0;

  constructor(readsMax: number, writesMax: number) {
    this.#readsMax = readsMax;
    this.#writesMax = writesMax;
  }

  get reads(): number {
    return this.#reads;
  }

  get writes(): number {
    return this.#writes;
  }

  /** @throws StatusError TooManyRequests; otherwise `leave` has to follow */
  enter(info: RequestInfo): void {
    if (mutatingVerbs.has(info.verb)) {
      if (this.#writes >= this.#writesMax) throw tooMany();
      this.#writes += 1;
    } else {
      if (this.#reads >= this.#readsMax) throw tooMany();
      this.#reads += 1;
    }
  }

  leave(info: RequestInfo): void {
    if (mutatingVerbs.has(info.verb)) this.#writes -= 1;
    else this.#reads -= 1;
  }
}

function tooMany(): Error {
  return statusErrors.tooManyRequests('Too many requests, please try again later.', retryAfterSeconds);
}
