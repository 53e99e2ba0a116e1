import { assert, defined } from '@flotilla/base';
import { type Entry, entryBytes, type SnapshotMeta } from './types.js';

/**
 * The log since the last compaction, held in memory; the driver keeps the durable copy.
 * Invariants: start ≤ applied ≤ committed ≤ last, start ≤ stable ≤ last.
 */
export class RaftLog {
  #startIndex: number;
  #startTerm: number;
  #entries: Entry[];
  #stable: number;
  #committed: number;
  #applied: number;
  #pendingSnapshot: SnapshotMeta | undefined;

  constructor(start: { index: number; term: number }, entries: readonly Entry[], applied: number, committed: number) {
    this.#startIndex = start.index;
    this.#startTerm = start.term;
    this.#entries = [...entries];
    entries.forEach((entry, i) => {
      assert(entry.index === start.index + 1 + i, 'a log has no gaps');
    });
    this.#stable = this.lastIndex;
    this.#applied = applied;
    this.#committed = Math.max(committed, applied);
    assert(applied >= start.index && this.#committed <= this.lastIndex, 'applied and committed entries are in the log');
  }

  /** First index that can be read. */
  get firstIndex(): number {
    return this.#startIndex + 1;
  }
  get lastIndex(): number {
    return this.#startIndex + this.#entries.length;
  }
  get lastTerm(): number {
    return defined(this.term(this.lastIndex), 'the last entry has a term');
  }
  get committed(): number {
    return this.#committed;
  }
  get applied(): number {
    return this.#applied;
  }
  get pendingSnapshot(): SnapshotMeta | undefined {
    return this.#pendingSnapshot;
  }

  /** @returns undefined outside the log: compacted away, or not there yet */
  term(index: number): number | undefined {
    if (index === this.#startIndex) return this.#startTerm;
    return this.#entries[index - this.#startIndex - 1]?.term;
  }

  matches(index: number, term: number): boolean {
    return this.term(index) === term;
  }

  /** Whether a log that ends at (index, term) has everything that this one may have committed (Raft §5.4.1). */
  isUpToDate(index: number, term: number): boolean {
    return term > this.lastTerm || (term === this.lastTerm && index >= this.lastIndex);
  }

  isAsUpToDateAs(other: { readonly term: number; readonly index: number }): boolean {
    return this.lastTerm > other.term || (this.lastTerm === other.term && this.lastIndex >= other.index);
  }

  /** Entries from `from` on, as many as `bytesMax` takes but at least one if there is one. */
  slice(from: number, bytesMax: number, to = this.lastIndex): Entry[] {
    assert(from >= this.firstIndex, 'compacted entries cannot be read');
    const first = from - this.firstIndex;
    const end = to - this.#startIndex;
    let bytes = 0;
    let i = first;
    for (; i < end; i++) {
      const entry = this.#entries[i];
      if (entry === undefined) break;
      bytes += entryBytes(entry);
      if (bytes > bytesMax && i > first) break;
    }
    return this.#entries.slice(first, i);
  }

  /** A leader only ever adds. */
  append(entries: readonly Entry[]): void {
    for (const entry of entries) {
      assert(entry.index === this.lastIndex + 1, 'appends continue the log');
      this.#entries.push(entry);
    }
  }

  /**
   * A follower takes over what its leader sent after (prevIndex, prevTerm), dropping what conflicts.
   * @returns the index up to which the logs now agree; undefined when they do not agree at prevIndex
   */
  takeOver(prevIndex: number, prevTerm: number, entries: readonly Entry[]): number | undefined {
    if (!this.matches(prevIndex, prevTerm)) return undefined;
    const conflict = entries.findIndex((entry) => !this.matches(entry.index, entry.term));
    if (conflict >= 0) this.#truncateAndAppend(entries.slice(conflict));
    return prevIndex + entries.length;
  }

  #truncateAndAppend(entries: readonly Entry[]): void {
    const from = defined(entries[0], 'there is a conflict').index;
    assert(from > this.#committed, 'a committed entry is never replaced');
    this.#entries.length = from - this.firstIndex;
    this.#stable = Math.min(this.#stable, from - 1);
    this.append(entries);
  }

  /** The largest index ≤ `index` whose term is ≤ `term`, or which is unknown here: where logs may agree at best. */
  findConflict(index: number, term: number): { index: number; term: number } {
    for (let i = index; i > 0; i--) {
      const ours = this.term(i);
      if (ours === undefined) return { index: i, term: 0 };
      if (ours <= term) return { index: i, term: ours };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: number): boolean {
    if (index <= this.#committed) return false;
    assert(index <= this.lastIndex, 'only entries that are here can be committed');
    this.#committed = index;
    return true;
  }

  get hasUnstable(): boolean {
    return this.#stable < this.lastIndex;
  }

  /** Entries that the disk does not have yet. */
  unstable(): Entry[] {
    return this.#entries.slice(this.#stable - this.#startIndex);
  }

  /** The disk has everything up to `last`; ignored when `last` was replaced in the meantime. */
  stableTo(last: Entry): void {
    if (last.index > this.#stable && this.matches(last.index, last.term)) this.#stable = last.index;
  }

  /** Whether `nextCommitted` has any. */
  get canApply(): boolean {
    return this.#pendingSnapshot === undefined && this.#applied < Math.min(this.#committed, this.#stable);
  }

  /** Entries to apply next: committed, and durable here. None while a snapshot waits to be installed. */
  nextCommitted(bytesMax: number): Entry[] {
    if (!this.canApply) return [];
    return this.slice(this.#applied + 1, bytesMax, Math.min(this.#committed, this.#stable));
  }

  appliedTo(index: number): void {
    assert(
      index >= this.#applied && index <= this.#committed && index <= this.#stable,
      'entries are applied in order, once committed and durable',
    );
    this.#applied = index;
  }

  /** Forgets entries up to `index`: they have been applied, and a snapshot stands for them. */
  compact(index: number): { index: number; term: number } {
    if (index <= this.#startIndex) return { index: this.#startIndex, term: this.#startTerm };
    assert(index <= this.#applied && index <= this.#stable, 'only applied, durable entries are compacted');
    const term = defined(this.term(index), 'the entry is in the log');
    this.#entries.splice(0, index - this.#startIndex);
    this.#startIndex = index;
    this.#startTerm = term;
    return { index, term };
  }

  /** The log becomes what the snapshot stands for. */
  restore(snapshot: SnapshotMeta): void {
    assert(snapshot.index > this.#committed, 'a snapshot never goes back');
    this.#entries = [];
    this.#startIndex = snapshot.index;
    this.#startTerm = snapshot.term;
    this.#stable = snapshot.index;
    this.#committed = snapshot.index;
    this.#pendingSnapshot = snapshot;
  }

  snapshotInstalled(snapshot: SnapshotMeta): void {
    if (this.#pendingSnapshot !== snapshot) return;
    this.#pendingSnapshot = undefined;
    this.#applied = snapshot.index;
  }
}
