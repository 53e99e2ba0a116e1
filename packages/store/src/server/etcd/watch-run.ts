import type { WatchEvent, WatchResponse } from '@flotilla/mvcc';

/** Events of whole revisions, in order, up to the last of them. */
export interface WatchBatch {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
  /** The rest of the events comes with the next message. */
  readonly fragment: boolean;
}

/** Responses one after the other, which are to travel together. Watches that were told the same share one of these. */
export class WatchRun {
  readonly bytes: number;
  readonly #last: WatchResponse;
  readonly #before: WatchRun | undefined;
  #after: WatchRun | undefined;

  constructor(last: WatchResponse, before?: WatchRun) {
    this.#last = last;
    this.#before = before;
    this.bytes = last.events.reduce((sum, event) => sum + eventBytes(event), before?.bytes ?? 0);
  }

  /** The same run for all that are told this next. */
  followedBy(response: WatchResponse): WatchRun {
    if (this.#after === undefined || !this.#after.endsWith(response)) this.#after = new WatchRun(response, this);
    return this.#after;
  }

  endsWith(response: WatchResponse): boolean {
    return this.#last === response;
  }

  batch(): WatchBatch {
    return { revision: this.#last.revision, events: this.#events(), fragment: false };
  }

  /** The run cut into parts below `bytesMax`, of at least one event each. */
  parts(bytesMax: number): readonly WatchBatch[] {
    if (this.bytes < bytesMax) return [this.batch()];
    const parts: WatchEvent[][] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const event of this.#events()) {
      const size = eventBytes(event);
      if (bytes + size >= bytesMax) {
        parts.push([]);
        bytes = 0;
      }
      parts.at(-1)?.push(event);
      bytes += size;
    }
    const { revision } = this.#last;
    return parts.map((events, i) => ({ revision, events, fragment: i < parts.length - 1 }));
  }

  #events(): readonly WatchEvent[] {
    if (this.#before === undefined) return this.#last.events;
    const responses: WatchResponse[] = [];
    for (let run: WatchRun | undefined = this; run !== undefined; run = run.#before) responses.push(run.#last);
    return responses.reverse().flatMap(({ events }) => events);
  }
}

/** The fields of a key-value pair beside key and value take at most this much. */
const fieldBytes = 64;

function eventBytes({ kv, prevKv }: WatchEvent): number {
  const previous = prevKv === undefined ? 0 : prevKv.key.length + prevKv.value.length + fieldBytes;
  return kv.key.length + kv.value.length + fieldBytes + previous;
}
