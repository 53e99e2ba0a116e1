import { assert } from '@flotilla/base';

/** One operation of a client on a key, with the virtual instants between which it took effect, if it did. */
export interface Operation {
  readonly client: number;
  readonly key: string;
  readonly kind: 'read' | 'write';
  /** What was written, or what a read saw; undefined: the key was not there. */
  readonly value: string | undefined;
  readonly calledMs: number;
  /** Infinity: no answer; a write may have happened at any later time, or never. */
  readonly returnedMs: number;
}

/**
 * Whether a history of one register could have come from a single copy (Wing and Gong's search, with memory).
 * Every write must write a value of its own.
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  const seen = new Set(history.filter((op) => op.kind === 'read').map((op) => op.value));
  // A write without an answer that nobody saw may just as well not have happened.
  const relevant = history.filter((op) =>
    op.kind === 'read'
      ? op.returnedMs !== Number.POSITIVE_INFINITY
      : op.returnedMs !== Number.POSITIVE_INFINITY || seen.has(op.value),
  );
  return search(relevant.sort((a, b) => a.calledMs - b.calledMs));
}

function search(operations: readonly Operation[]): boolean {
  const done = new Array<boolean>(operations.length).fill(false);
  const visited = new Set<string>();
  const explore = (first: number, value: string | undefined): boolean => {
    let from = first;
    while (from < operations.length && done[from]) from++;
    const open = candidates(operations, done, from);
    if (open.length === 0) return true;
    const state = `${from}|${value}|${doneAhead(done, from)}`;
    if (visited.has(state)) return false;
    visited.add(state);
    for (const at of open) {
      const op = operations[at];
      if (op === undefined || (op.kind === 'read' && op.value !== value)) continue;
      done[at] = true;
      if (explore(from, op.kind === 'write' ? op.value : value)) return true;
      done[at] = false;
    }
    return operations.every((op, i) => done[i] || op.returnedMs === Number.POSITIVE_INFINITY);
  };
  return explore(0, undefined);
}

/** Operations that may come next: those called before any other one that is left returned. */
function candidates(operations: readonly Operation[], done: readonly boolean[], from: number): number[] {
  let earliestReturnMs = Number.POSITIVE_INFINITY;
  const open: number[] = [];
  for (let i = from; i < operations.length; i++) {
    const op = operations[i];
    if (op === undefined || done[i]) continue;
    if (op.calledMs > earliestReturnMs) break;
    open.push(i);
    earliestReturnMs = Math.min(earliestReturnMs, op.returnedMs);
  }
  return open.filter((i) => (operations[i]?.calledMs ?? 0) <= earliestReturnMs);
}

function doneAhead(done: readonly boolean[], from: number): string {
  let ahead = '';
  const last = done.lastIndexOf(true);
  for (let i = from; i <= last; i++) ahead += done[i] ? '1' : '0';
  return ahead;
}

/**
 * Whether clients could tell the cluster from a single machine.
 * @throws AssertionError with the history that shows it
 */
export function checkLinearizable(operations: readonly Operation[]): void {
  for (const key of new Set(operations.map((op) => op.key))) {
    const history = operations.filter((op) => op.key === key);
    assert(isLinearizable(history), `linearizability: key ${key}: ${JSON.stringify(history.map(describe))}`);
  }
}

function describe(op: Operation): string {
  return `${op.client}: ${op.kind} ${op.value} @${op.calledMs}–${op.returnedMs}`;
}
