import { objectIndexesMax } from '../limits.js';
import { ObjectBlock } from './object-block.js';
import { ObjectIndex, type ReadIndexed } from './object-index.js';
import type { StoredObject } from './stored-object.js';

/**
 * The objects of one resource by key, in key order. Keys are ASCII, so that the order of strings is that of the store's bytes.
 * Lookup is constant. They lie in blocks of neighbours, each of which keeps the text that lists show of it.
 */
export class SortedObjects {
  readonly #byKey = new Map<string, StoredObject>();
  readonly #blocks: ObjectBlock[] = [];
  readonly #indexes = new Map<string, ObjectIndex>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): StoredObject | undefined {
    return this.#byKey.get(key);
  }

  set(object: StoredObject): void {
    const i = Math.max(0, this.#firstAfter(object.key) - 1);
    const block = this.#blocks[i];
    const replaced = block?.set(object);
    if (block === undefined) this.#blocks.push(new ObjectBlock([object]));
    const rest = block?.split();
    if (rest !== undefined) this.#blocks.splice(i + 1, 0, rest);
    this.#byKey.set(object.key, object);
    for (const index of this.#indexes.values()) index.set(object, replaced);
  }

  delete(key: string): void {
    const object = this.#byKey.get(key);
    if (object === undefined) return;
    this.#byKey.delete(key);
    const i = this.#firstAfter(key) - 1;
    const block = this.#blocks[i];
    block?.delete(key);
    if (block?.objects.length === 0) this.#blocks.splice(i, 1);
    for (const index of this.#indexes.values()) index.delete(object);
  }

  /** In key order. The objects must not change while this runs. */
  *withPrefix(prefix: string): Generator<StoredObject> {
    for (let i = Math.max(0, this.#firstAfter(prefix) - 1); i < this.#blocks.length; i++) {
      const block = this.#blocks[i];
      if (block === undefined) return;
      for (let k = block.lowerBound(prefix); k < block.objects.length; k++) {
        const object = block.objects[k];
        if (object === undefined || !object.key.startsWith(prefix)) return;
        yield object;
      }
    }
  }

  /** The texts of all objects with the prefix, as few pieces as can be; commas belong in between. They do not change later. */
  textsWithPrefix(prefix: string): readonly Buffer[] {
    const texts: Buffer[] = [];
    for (let i = Math.max(0, this.#firstAfter(prefix) - 1); i < this.#blocks.length; i++) {
      const block = this.#blocks[i];
      if (block === undefined) break;
      if (block.firstKey.startsWith(prefix) && block.lastKey.startsWith(prefix)) texts.push(block.text);
      else for (const object of block.objects) if (object.key.startsWith(prefix)) texts.push(object.bytes);
      if (block.lastKey > prefix && !block.lastKey.startsWith(prefix)) break;
    }
    return texts;
  }

  /**
   * Those for which `read` says `value`, in key order. What is asked for again is found without looking at all others.
   * @param name of the index: stands for `read`
   */
  withIndexed(name: string, read: ReadIndexed, value: string): readonly StoredObject[] {
    const index = this.#indexes.get(name) ?? new ObjectIndex(read, this.#byKey.values());
    this.#indexes.delete(name); // so that it counts as the one last used
    this.#indexes.set(name, index);
    if (this.#indexes.size > objectIndexesMax) {
      const [unused] = this.#indexes.keys();
      if (unused !== undefined) this.#indexes.delete(unused);
    }
    return index.find(value);
  }

  /** @returns the place of the first block all of whose keys are larger */
  #firstAfter(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blocks[middle]?.firstKey ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
