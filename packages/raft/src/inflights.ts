interface Inflight {
  readonly lastIndex: number;
  readonly bytes: number;
}

/** Appends sent to one follower and not yet acknowledged: the window of the pipeline. */
export class Inflights {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #window: Inflight[] = [];
  #bytes = 0;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  get full(): boolean {
    return this.#window.length >= this.#messagesMax || this.#bytes >= this.#bytesMax;
  }

  get size(): number {
    return this.#window.length;
  }

  add(lastIndex: number, bytes: number): void {
    this.#window.push({ lastIndex, bytes });
    this.#bytes += bytes;
  }

  /** An acknowledgement of `index` covers everything before it. */
  freeUpTo(index: number): void {
    let freed = 0;
    for (const { lastIndex, bytes } of this.#window) {
      if (lastIndex > index) break;
      freed++;
      this.#bytes -= bytes;
    }
    if (freed > 0) this.#window = this.#window.slice(freed);
  }

  reset(): void {
    this.#window = [];
    this.#bytes = 0;
  }
}
