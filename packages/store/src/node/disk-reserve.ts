import type { Files } from './files.js';

const fileName = 'reserve';
const chunkBytes = 1024 * 1024;

/**
 * A file that only takes up space. When the disk is full it is given up: what must still be written, above all the word
 * that the disk is full, then fits.
 */
export class DiskReserve {
  readonly #files: Files;
  readonly #bytes: number;
  #held: boolean;
  #restoring: Promise<void> | undefined;

  private constructor(files: Files, bytes: number, held: boolean) {
    this.#files = files;
    this.#bytes = bytes;
    this.#held = held;
  }

  /** Holds the reserve if there is room for it. */
  static async open(files: Files, bytes: number): Promise<DiskReserve> {
    const reserve = new DiskReserve(files, bytes, (await files.list()).includes(fileName));
    await reserve.restore();
    return reserve;
  }

  get held(): boolean {
    return this.#held;
  }

  /** @returns false when there is nothing to give up any more */
  async release(): Promise<boolean> {
    if (!this.#held) return false;
    this.#held = false;
    await this.#files.remove(fileName);
    return true;
  }

  /** Takes the space back, once there is twice as much: others are writing too. Calls while one is under way share it. */
  async restore(): Promise<void> {
    if (this.#held) return;
    this.#restoring ??= this.#fill().finally(() => {
      this.#restoring = undefined;
    });
    await this.#restoring;
  }

  async #fill(): Promise<void> {
    if ((await this.#files.freeBytes()) < 2 * this.#bytes) return;
    const file = await this.#files.create(fileName);
    try {
      const zeros = new Uint8Array(chunkBytes);
      while (file.size < this.#bytes) await file.append(zeros.subarray(0, this.#bytes - file.size));
      await file.sync();
      this.#held = true;
    } catch {
      await this.#files.remove(fileName); // the disk is still full
    } finally {
      await file.close();
    }
  }
}
