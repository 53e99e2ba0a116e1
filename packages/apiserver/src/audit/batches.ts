import { BoundedQueue, type Cancel, type Clock, sleep } from '@flotilla/base';

export interface BatchLimits {
  /** What waits beyond that many is lost. */
  readonly bufferSize: number;
  readonly batchMax: number;
  /** A batch that is not full goes after so long. */
  readonly waitMaxMs: number;
  /** Batches a second, and how many at once; undefined: any number. */
  readonly throttle: { readonly perSecond: number; readonly burst: number } | undefined;
}

/** Collects lines into batches, and hands them out no faster than allowed. What does not fit is lost rather than awaited. */
export class Batches {
  readonly #limits: BatchLimits;
  readonly #clock: Clock;
  readonly #send: (lines: readonly string[]) => Promise<void>;
  readonly #waiting: BoundedQueue<string>;
  readonly #sending = new Set<Promise<void>>();
  #tokens: number;
  #filledMs: number;
  #cancel: Cancel | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  /** @param send never rejects */
  constructor(limits: BatchLimits, clock: Clock, send: (lines: readonly string[]) => Promise<void>) {
    this.#limits = limits;
    this.#clock = clock;
    this.#send = send;
    this.#waiting = new BoundedQueue(limits.bufferSize);
    this.#tokens = limits.throttle?.burst ?? 0;
    this.#filledMs = clock.monotonicMs();
  }

  /** @returns whether there was room for it */
  add(line: string): boolean {
    if (this.#closed || !this.#waiting.push(line)) return false;
    if (this.#waiting.size >= this.#limits.batchMax) void this.#run();
    else if (this.#running === undefined) this.#cancel ??= this.#clock.after(this.#limits.waitMaxMs, () => void this.#run());
    return true;
  }

  /** Sends what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#waiting.size > 0 || this.#running !== undefined) await this.#run();
    this.#cancel?.();
    await Promise.all(this.#sending);
  }

  #run(): Promise<void> {
    this.#running ??= this.#sendDue().finally(() => {
      this.#running = undefined;
      if (this.#waiting.size > 0 && !this.#closed)
        this.#cancel ??= this.#clock.after(this.#limits.waitMaxMs, () => void this.#run());
    });
    return this.#running;
  }

  async #sendDue(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    const { batchMax } = this.#limits;
    do {
      await this.#turn();
      const lines = Array.from({ length: Math.min(batchMax, this.#waiting.size) }, () => this.#waiting.shift() ?? '');
      const sending = this.#send(lines);
      this.#sending.add(sending);
      void sending.then(() => this.#sending.delete(sending));
    } while (this.#waiting.size >= batchMax);
  }

  /** Waits until a batch may go: a bucket of tokens that fills by the second. */
  async #turn(): Promise<void> {
    const { throttle } = this.#limits;
    if (throttle === undefined) return;
    const { perSecond, burst } = throttle;
    for (;;) {
      const nowMs = this.#clock.monotonicMs();
      this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledMs) / 1_000) * perSecond);
      this.#filledMs = nowMs;
      if (this.#tokens >= 1) break;
      await sleep(this.#clock, Math.ceil(((1 - this.#tokens) / perSecond) * 1_000));
    }
    this.#tokens--;
  }
}
