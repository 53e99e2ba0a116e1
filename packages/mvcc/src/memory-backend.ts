import type { Backend, BackendChange } from './backend.js';
import { binaryBytes, binaryString } from './bytes.js';

/** Keeps everything in memory: for tests, simulation, and the local store driver. */
export class MemoryBackend implements Backend {
  readonly #values = new Map<string, Uint8Array>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(binaryString(key));
  }

  iterate(from: Uint8Array, to: Uint8Array): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    const low = binaryString(from);
    const high = binaryString(to);
    const keys = [...this.#values.keys()].filter((key) => key >= low && key < high).sort();
    const entries = keys.map((key) => [binaryBytes(key), this.#values.get(key)] as const);
    return each(entries);
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

async function* each(
  entries: readonly (readonly [Uint8Array, Uint8Array | undefined])[],
): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
  for (const [key, value] of entries) if (value !== undefined) yield [key, value];
}
