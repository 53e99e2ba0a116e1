import { type Entry, type NodeId, RaftNode, type RaftOptions, type Ready, type Write } from '@flotilla/raft';
import type { RaftChecker } from '@flotilla/sim';

/** The real Raft core; what it hands to its driver is shown to the checker first. */
export class ObservedRaft extends RaftNode {
  readonly #id: NodeId;
  readonly #checker: RaftChecker;
  #logStart: { readonly index: number; readonly term: number };
  #entries: Entry[];

  constructor(options: RaftOptions, checker: RaftChecker) {
    super(options);
    this.#id = options.id;
    this.#checker = checker;
    this.#logStart = options.restored.logStart;
    this.#entries = [...options.restored.entries];
  }

  override ready(mayApply?: boolean): Ready | undefined {
    const ready = super.ready(mayApply);
    if (ready === undefined) return undefined;
    if (ready.write !== undefined) this.#written(ready.write);
    for (const entry of ready.committed) this.#checker.applied(this.#id, entry);
    if (ready.softState?.role === 'leader') this.#checker.leads(this.#id, this.term, this.#log());
    return ready;
  }

  override compact(index: number): { index: number; term: number } {
    const start = super.compact(index);
    this.#entries = this.#entries.filter((entry) => entry.index > start.index);
    this.#logStart = start;
    return start;
  }

  #written({ snapshot, entries }: Write): void {
    if (snapshot !== undefined) {
      this.#logStart = snapshot;
      this.#entries = [];
    }
    this.#append(entries);
  }

  #append(entries: readonly Entry[]): void {
    const [first] = entries;
    if (first === undefined) return;
    this.#entries = this.#entries.filter((entry) => entry.index < first.index);
    this.#checker.persisted(entries, this.#entries.at(-1)?.term ?? this.#logStart.term);
    this.#entries.push(...entries);
  }

  #log() {
    return { logStart: this.#logStart, entries: this.#entries };
  }
}
