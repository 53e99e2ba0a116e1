import sortedBtree from 'sorted-btree';
import type { KeySpan } from './bytes.js';
import { KeyHistory } from './key-history.js';
import type { KeyRevision } from './record.js';

const { default: BTree } = sortedBtree; // a CommonJS module: its default export is a member

const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Keys in byte order, each with its remembered revisions. Values stay in the backend. */
export class KeyIndex {
  readonly #tree = new BTree<string, KeyHistory>(undefined, compareKeys);

  /** Keys remembered, deleted ones not yet compacted included. */
  get size(): number {
    return this.#tree.size;
  }

  get(key: string): KeyHistory | undefined {
    return this.#tree.get(key);
  }

  /** @param known what `get` answered for the key, where that has been asked already */
  push(key: string, revision: KeyRevision, known = this.#tree.get(key)): void {
    if (known !== undefined) {
      known.push(revision);
      return;
    }
    const history = new KeyHistory(key);
    history.push(revision);
    this.#tree.set(key, history);
  }

  delete(key: string): void {
    this.#tree.delete(key);
  }

  /** Calls `visit` for each key of the span in order, until it answers false. */
  visit(span: KeySpan, visit: (history: KeyHistory) => boolean): void {
    if (span.single) {
      const history = this.#tree.get(span.start);
      if (history !== undefined) visit(history);
      return;
    }
    const stop = { break: true };
    if (span.end === undefined) {
      for (const [, history] of this.#tree.entries(span.start)) if (!visit(history)) return;
      return;
    }
    if (span.end <= span.start) return;
    this.#tree.forRange(span.start, span.end, false, (_key, history) => (visit(history) ? undefined : stop));
  }

  /** Each live key of the span with its state as of revision `main`. */
  visitLive(span: KeySpan, main: number, visit: (revision: KeyRevision, key: string) => boolean): void {
    this.visit(span, (history) => {
      const revision = history.at(main);
      return revision === undefined || visit(revision, history.key);
    });
  }
}
