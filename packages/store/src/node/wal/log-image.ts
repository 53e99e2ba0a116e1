import type { Entry, Fence, HardState } from '@flotilla/raft';
import type { Batch, SegmentHeader } from './record.js';
import type { Damage, Item } from './segment-reader.js';

/** What a log says, once read: all of it if it is undamaged. */
export interface LogContents {
  readonly start: { readonly index: number; readonly term: number };
  readonly hardState: HardState;
  /** Without gaps, from `start.index + 1` on. */
  readonly entries: readonly Entry[];
  /** Entries behind these were there and are lost: up to here, they may have been acknowledged. */
  readonly fence: Fence | undefined;
}

const noHardState: HardState = { term: 0, vote: 0n, commit: 0 };

/** Follows the records of a log, in order, and holds what they amount to. Entries lost to damage leave holes. */
export class LogImage {
  #start = { index: 0, term: 0 };
  #hardState = noHardState;
  #entries: (Entry | undefined)[] = [];
  /** The last entry ever named, whether or not it can be read. */
  #lastNamed = { index: 0, term: 0 };
  /** A damaged place did not tell which entries it held, and no record after it shows. */
  #endUnknown = false;

  take(item: Item): void {
    if (item.kind === 'segment') this.#begin(item.header);
    else if (item.kind === 'batch') this.#write(item.batch);
    else this.#damaged(item.damage);
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get start(): { readonly index: number; readonly term: number } {
    return this.#start;
  }

  /**
   * @param applied the place up to which the state machine's own storage has everything: what is lost up to there is not missed
   */
  contents(applied: { readonly index: number; readonly term: number }): LogContents {
    const start = applied.index > this.#start.index && this.#hasHoleUpTo(applied.index) ? applied : this.#start;
    const known = this.#entries.slice(start.index - this.#start.index);
    const hole = known.indexOf(undefined);
    const entries = (hole < 0 ? known : known.slice(0, hole)).filter((entry) => entry !== undefined);
    const lost = hole >= 0 || this.#endUnknown;
    const fence = { term: this.#lastNamed.term, index: this.#endUnknown ? Number.POSITIVE_INFINITY : this.#lastNamed.index };
    return { start, hardState: this.#hardState, entries, fence: lost ? fence : undefined };
  }

  #hasHoleUpTo(index: number): boolean {
    const upTo = this.#entries.slice(0, Math.max(0, index - this.#start.index));
    return upTo.includes(undefined) || upTo.length < index - this.#start.index;
  }

  #begin({ start, reset }: SegmentHeader): void {
    if (reset) {
      this.#entries = [];
      this.#start = start;
      this.#lastNamed = start;
      this.#endUnknown = false;
    } else if (start.index > this.#start.index) {
      this.#entries.splice(0, start.index - this.#start.index);
      this.#start = start;
    }
  }

  #write({ hardState, entries }: Batch): void {
    this.#hardState = hardState;
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return;
    this.#cutTo(first.index);
    for (const entry of entries) if (entry.index > this.#start.index) this.#entries.push(entry);
    this.#lastNamed = last;
    this.#endUnknown = false; // whatever was lost before has been replaced, or left a hole
  }

  #damaged({ lost }: Damage): void {
    if (lost === undefined) {
      // It may have replaced any entry that was not committed.
      this.#entries.fill(undefined, Math.max(0, this.#hardState.commit - this.#start.index));
      this.#endUnknown = true;
      return;
    }
    if (lost.lastIndex === 0) return; // it held a hard state only, which the database keeps as well
    this.#cutTo(lost.firstIndex);
    this.#cutTo(lost.lastIndex + 1);
    this.#lastNamed = { index: lost.lastIndex, term: lost.lastTerm };
  }

  /** Entries from `index` on are replaced; if some before it are unknown, they become a hole. */
  #cutTo(index: number): void {
    const length = Math.max(0, index - this.#start.index - 1);
    if (length < this.#entries.length) this.#entries.length = length;
    while (this.#entries.length < length) this.#entries.push(undefined);
  }
}
