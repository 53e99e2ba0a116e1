import type { Backend, BackendChange, BackendPage } from './backend.js';
import { binaryBytes, binaryString } from './bytes.js';

/** Keeps everything in memory: for tests, simulation, and the local store driver. */
export class MemoryBackend implements Backend {
  readonly #values = new Map<string, Uint8Array>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(binaryString(key));
  }

  pages(from: Uint8Array, to: Uint8Array): AsyncIterable<BackendPage> {
    const low = binaryString(from);
    const high = binaryString(to);
    const entries = [...this.#values].filter(([key]) => key >= low && key < high).sort(([a], [b]) => (a < b ? -1 : 1));
    return onePage(entries.map(([key, value]) => [binaryBytes(key), value]));
  }

  write(changes: readonly BackendChange[]): void {
    for (const { key, value } of changes) {
      if (value === undefined) this.#values.delete(binaryString(key));
      else this.#values.set(binaryString(key), value);
    }
  }

  get size(): number {
    return this.#values.size;
  }
}

async function* onePage(entries: BackendPage): AsyncGenerator<BackendPage> {
  if (entries.length > 0) yield entries;
}
