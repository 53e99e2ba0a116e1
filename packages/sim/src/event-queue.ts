import type { Cancel } from '@flotilla/base';

/** Virtual time: events run one by one, in order of their instant; at the same instant in the order they were set. */
export class EventQueue {
  #nowMs = 0;
  #order = 0;
  readonly #heap: Event[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const event = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(event);
    return () => {
      event.run = () => {};
    };
  }

  /** Runs every event that is due up to `untilMs`, and whatever they set in turn. */
  runUntil(untilMs: number): void {
    for (let next = this.#take(untilMs); next !== undefined; next = this.#take(untilMs)) next.run();
    this.#nowMs = untilMs;
  }

  /**
   * The same for code that awaits: whatever an event sets going runs to its next wait for virtual time before the next
   * event. Such code may await nothing but this queue.
   */
  async runSettled(untilMs: number): Promise<void> {
    await settled(); // what the caller has just set going
    for (let next = this.#take(untilMs); next !== undefined; next = this.#take(untilMs)) {
      next.run();
      await settled();
    }
    this.#nowMs = untilMs;
  }

  #take(untilMs: number): Event | undefined {
    const next = this.#heap[0];
    if (next === undefined || next.atMs > untilMs) return undefined;
    this.#pop();
    this.#nowMs = next.atMs;
    return next;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) break;
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = before(heap[right], heap[left]) ? right : left;
      if (!this.#swapIfBefore(child, at)) break;
      at = child;
    }
  }

  #swapIfBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined || !before(first, second)) return false;
    this.#heap[a] = second;
    this.#heap[b] = first;
    return true;
  }
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

function before(a: Event | undefined, b: Event | undefined): boolean {
  if (a === undefined) return false;
  return b === undefined || a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** A turn of the real event loop: every microtask has run, however long the chain. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
