import { assert, defined, pick, type Random, randomInt } from '@flotilla/base';
import { type Disk, survivors } from './disk.js';

const sectorBytes = 512;

/** What lies under one name: its bytes, and how many of them a crash cannot take. */
class StoredFile {
  bytes: Uint8Array = new Uint8Array(256);
  size = 0;
  syncedSize = 0;
  /** What was synced before a cut that is not. */
  beforeCut: Uint8Array | undefined;

  append(bytes: Uint8Array): void {
    if (this.size + bytes.length > this.bytes.length) {
      const grown = new Uint8Array(2 * (this.size + bytes.length));
      grown.set(this.bytes.subarray(0, this.size));
      this.bytes = grown;
    }
    this.bytes.set(bytes, this.size);
    this.size += bytes.length;
  }

  cut(size: number): void {
    if (size < this.syncedSize) {
      this.beforeCut ??= this.bytes.slice(0, this.syncedSize);
      this.syncedSize = size;
    }
    this.size = Math.min(this.size, size);
  }

  /** @param size how long it was when the sync was asked for */
  synced(size: number): void {
    this.beforeCut = undefined;
    this.syncedSize = Math.max(this.syncedSize, Math.min(size, this.size));
  }

  /** Some of what was appended and not synced is there, torn at any byte, with sectors that were never written in between. */
  crash(random: Random): void {
    if (this.beforeCut !== undefined && random.next() < 0.5) {
      this.bytes = this.beforeCut;
      this.size = this.bytes.length;
    } else {
      this.size = this.syncedSize + survivors(random, this.size - this.syncedSize);
      const holes = random.next() < 0.5 ? 0 : 0.3;
      const firstWhole = Math.ceil(this.syncedSize / sectorBytes) * sectorBytes;
      for (let from = firstWhole; from < this.size; from += sectorBytes) {
        if (random.next() < holes) this.bytes.fill(0, from, Math.min(from + sectorBytes, this.size));
      }
    }
    this.beforeCut = undefined;
    this.syncedSize = this.size;
  }
}

/** A folder of files that only grow, on a disk that forgets what was not synced. Shaped as the store's `Files`. */
export class SimFiles {
  readonly #disk: Disk;
  #names = new Map<string, StoredFile>();
  #syncedNames = new Map<string, StoredFile>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  async list(): Promise<readonly string[]> {
    await this.#disk.pass();
    return [...this.#names.keys()];
  }

  async read(name: string): Promise<Uint8Array> {
    await this.#disk.pass();
    const { bytes, size } = this.#file(name);
    return bytes.slice(0, size);
  }

  /** In place of whatever has the name. */
  async create(name: string): Promise<SimAppendFile> {
    const file = new StoredFile();
    await this.#disk.change(() => this.#names.set(name, file));
    return new SimAppendFile(this.#disk, file);
  }

  async open(name: string): Promise<SimAppendFile> {
    await this.#disk.pass();
    return new SimAppendFile(this.#disk, this.#file(name));
  }

  async remove(name: string): Promise<void> {
    const { size } = this.#file(name);
    if (!this.#disk.fits(0))
      this.#names.delete(name); // removing needs no space
    else await this.#disk.change(() => this.#names.delete(name));
    this.#disk.freeBytes += size;
  }

  async freeBytes(): Promise<number> {
    await this.#disk.pass();
    return this.#disk.freeBytes;
  }

  async syncFolder(): Promise<void> {
    const names = new Map(this.#names);
    await this.#disk.change(
      () => {},
      () => {
        this.#syncedNames = names;
      },
    );
  }

  /** The power goes. */
  crash(): void {
    const { random } = this.#disk;
    const after = new Map<string, StoredFile>();
    for (const name of new Set([...this.#names.keys(), ...this.#syncedNames.keys()])) {
      const [now, synced] = [this.#names.get(name), this.#syncedNames.get(name)];
      const kept = now === synced || random.next() < 0.5 ? now : synced;
      if (kept !== undefined) after.set(name, kept);
    }
    for (const file of new Set(after.values())) file.crash(random);
    this.#names = after;
    this.#syncedNames = new Map(after);
  }

  /** One synced bit somewhere is no longer what was written. @returns where, for the log of events; undefined: nothing is synced */
  flipBit(): string | undefined {
    const { random } = this.#disk;
    const candidates = [...this.#syncedNames].filter(([, { syncedSize }]) => syncedSize > 0);
    if (candidates.length === 0) return undefined;
    const [name, file] = pick(random, candidates);
    const at = randomInt(random, 0, file.syncedSize);
    file.bytes[at] = defined(file.bytes[at], 'within the file') ^ (1 << randomInt(random, 0, 8));
    return `${name} at byte ${at} of ${file.size}`;
  }

  #file(name: string): StoredFile {
    const file = this.#names.get(name);
    if (file === undefined) throw Object.assign(new Error(`ENOENT: no such file: ${name}`), { code: 'ENOENT' });
    return file;
  }
}

/** One file of `SimFiles`, open for appending. Shaped as the store's `AppendFile`. */
export class SimAppendFile {
  readonly #disk: Disk;
  readonly #file: StoredFile;
  #busy = false;

  constructor(disk: Disk, file: StoredFile) {
    this.#disk = disk;
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#alone(async () => {
      // A full disk takes what still fits.
      if (!this.#disk.fits(bytes.length)) this.#file.append(bytes.subarray(0, randomInt(this.#disk.random, 0, bytes.length + 1)));
      await this.#disk.change(
        () => this.#file.append(bytes),
        () => {},
        bytes.length,
      );
    });
  }

  truncate(size: number): Promise<void> {
    return this.#alone(async () => {
      if (!this.#disk.fits(0)) this.#file.cut(size);
      else await this.#disk.change(() => this.#file.cut(size));
    });
  }

  sync(): Promise<void> {
    return this.#alone(async () => {
      const { size } = this.#file;
      await this.#disk.change(
        () => {},
        () => this.#file.synced(size),
      );
    });
  }

  close(): Promise<void> {
    return this.#alone(() => this.#disk.pass());
  }

  async #alone(work: () => Promise<void>): Promise<void> {
    assert(!this.#busy, 'calls of one file do not overlap');
    this.#busy = true;
    try {
      await work();
    } finally {
      this.#busy = false;
    }
  }
}
