import type { WatchEvent, WatchResponse } from '@flotilla/mvcc';
import { watchBatchBytes } from '../limits.js';

/** Events of whole revisions, in order, up to the last of them. */
export interface WatchBatch {
  readonly id: bigint;
  readonly revision: number;
  readonly events: readonly WatchEvent[];
  /** The rest of the events comes with the next message. */
  readonly fragment: boolean;
}

interface Gathered {
  revision: number;
  readonly events: WatchEvent[];
  bytes: number;
}

/**
 * Gathers what the watches of one stream are given in one turn of the event loop, a group commit or a slice of
 * history, so that each watch sends one message for many revisions. Holds `watchBatchBytes` and one revision a watch.
 */
export class WatchOutbox {
  readonly #send: (batch: WatchBatch) => boolean;
  readonly #gathered = new Map<bigint, Gathered>();
  readonly #fragmentBytes: number;
  readonly #fragmented = new Set<bigint>();
  #bytes = 0;
  #full = false;
  #flushDue = false;

  /**
   * @param send false: send no more until `drained`
   * @param fragmentBytes the largest message for a watch that asked for fragments
   */
  constructor(send: (batch: WatchBatch) => boolean, fragmentBytes: number) {
    this.#send = send;
    this.#fragmentBytes = fragmentBytes;
  }

  open(id: bigint, fragmented: boolean): void {
    if (fragmented) this.#fragmented.add(id);
  }

  close(id: bigint): void {
    this.#fragmented.delete(id);
    this.#gathered.delete(id);
  }

  /** @returns whether there is room for more */
  add(id: bigint, { revision, events }: WatchResponse): boolean {
    const gathered = this.#gathered.get(id) ?? { revision, events: [], bytes: 0 };
    const before = gathered.bytes;
    for (const event of events) {
      gathered.events.push(event);
      gathered.bytes += eventBytes(event);
    }
    gathered.revision = revision;
    this.#gathered.set(id, gathered);
    this.#bytes += gathered.bytes - before;
    if (this.#bytes >= watchBatchBytes) this.flush();
    else this.#flushSoon();
    return !this.#full;
  }

  flush(): void {
    for (const [id, gathered] of this.#gathered) this.#sendAll(id, gathered);
    this.#gathered.clear();
    this.#bytes = 0;
  }

  drained(): void {
    this.#full = false;
  }

  #flushSoon(): void {
    if (this.#flushDue) return;
    this.#flushDue = true;
    queueMicrotask(() => {
      this.#flushDue = false;
      this.flush();
    });
  }

  #sendAll(id: bigint, { revision, events, bytes }: Gathered): void {
    const whole = !this.#fragmented.has(id) || bytes < this.#fragmentBytes;
    const parts = whole ? [events] : fragments(events, this.#fragmentBytes);
    for (const [i, part] of parts.entries()) {
      if (!this.#send({ id, revision, events: part, fragment: i < parts.length - 1 })) this.#full = true;
    }
  }
}

/** At least one event each. */
function fragments(events: readonly WatchEvent[], bytesMax: number): WatchEvent[][] {
  const parts: WatchEvent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const size = eventBytes(event);
    if (bytes + size >= bytesMax) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(event);
    bytes += size;
  }
  return parts;
}

/** The fields of a key-value pair beside key and value take at most this much. */
const fieldBytes = 64;

function eventBytes({ kv, prevKv }: WatchEvent): number {
  const previous = prevKv === undefined ? 0 : prevKv.key.length + prevKv.value.length + fieldBytes;
  return kv.key.length + kv.value.length + fieldBytes + previous;
}
