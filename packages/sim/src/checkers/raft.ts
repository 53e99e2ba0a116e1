import { assert } from '@flotilla/base';
import type { Entry, NodeId } from '@flotilla/raft';

/** A member's log, as its disk has it. */
export interface LogView {
  readonly logStart: { readonly index: number; readonly term: number };
  readonly entries: readonly Entry[];
}

/** Sees everything that happens in a simulation, and throws when Raft's promises are broken (Raft, figure 3). */
export class RaftChecker {
  readonly #leaders = new Map<number, NodeId>();
  /** By index and term: what the entry says, and the term of the one before. */
  readonly #entries = new Map<string, string>();
  readonly #committed = new Map<number, Entry>();
  #lastCommitted = 0;

  get committedCount(): number {
    return this.#lastCommitted;
  }

  get terms(): number {
    return this.#leaders.size;
  }

  /** Election safety: at most one leader in a term. Leader completeness: it has every committed entry. */
  leads(id: NodeId, term: number, log: LogView): void {
    const known = this.#leaders.get(term);
    assert(known === undefined || known === id, `election safety: ${known} and ${id} both lead in term ${term}`);
    this.#leaders.set(term, id);
    for (let index = log.logStart.index + 1; index <= this.#lastCommitted; index++) {
      const committed = this.#committed.get(index);
      if (committed === undefined || committed.term >= term) continue;
      const has = log.entries[index - log.logStart.index - 1]?.term === committed.term;
      assert(has, `leader completeness: ${id} leads in term ${term} without committed entry ${index}/${committed.term}`);
    }
  }

  /** Log matching: an index and a term name one entry, and one history before it. */
  persisted(entries: readonly Entry[], termBefore: number): void {
    let previous = termBefore;
    for (const entry of entries) {
      const name = `${entry.index}/${entry.term}`;
      const content = `${previous} ${entry.type} ${new TextDecoder().decode(entry.data)}`;
      const known = this.#entries.get(name);
      assert(known === undefined || known === content, `log matching: two entries ${name}: "${known}" and "${content}"`);
      this.#entries.set(name, content);
      previous = entry.term;
    }
  }

  /** State machine safety: all members apply the same entry at an index. */
  applied(id: NodeId, entry: Entry): void {
    const known = this.#committed.get(entry.index);
    const same = known === undefined || (known.term === entry.term && equalBytes(known.data, entry.data));
    assert(
      same,
      `state machine safety: ${id} applies ${entry.index}/${entry.term}, another member ${known?.index}/${known?.term}`,
    );
    this.#committed.set(entry.index, entry);
    this.#lastCommitted = Math.max(this.#lastCommitted, entry.index);
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
