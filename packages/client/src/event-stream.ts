import { watchBufferEventsMax } from './limits.js';

/**
 * Texts on their way from a socket to one reader. Not dropped on overflow: the source is told to pause and resume.
 * After `end`, the reader gets what is left and then undefined; after `fail`, the error at once.
 */
export class EventStream {
  #texts: string[] = [];
  #read = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;
  #paused = false;
  /** Set by the source that can hold back. */
  onPause: (() => void) | undefined;
  onResume: (() => void) | undefined;

  push(text: string): void {
    if (this.#ended || this.#failure !== undefined) return;
    this.#texts.push(text);
    if (!this.#paused && this.#texts.length - this.#read >= watchBufferEventsMax) {
      this.#paused = true;
      this.onPause?.();
    }
    this.#wakeReader();
  }

  end(): void {
    this.#ended = true;
    this.#wakeReader();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wakeReader();
  }

  async next(): Promise<string | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const text = this.#texts[this.#read];
      if (text !== undefined) {
        this.#read++;
        if (this.#read === this.#texts.length) this.#emptied();
        return text;
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #emptied(): void {
    this.#texts = [];
    this.#read = 0;
    if (!this.#paused) return;
    this.#paused = false;
    this.onResume?.();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
