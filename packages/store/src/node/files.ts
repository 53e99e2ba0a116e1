/**
 * The few things that a member asks of the folder that its log lies in. The real one is `node:fs`; the simulation's loses,
 * tears and damages what real disks do. Names are plain file names within the folder. Every call rejects with the
 * operating system's error, whose `code` says what is wrong (`ENOSPC`, `EIO`).
 */
export interface Files {
  /** Names, in no order. */
  list(): Promise<readonly string[]>;
  read(name: string): Promise<Uint8Array>;
  /** A new, empty file; its name is durable after `syncFolder`. */
  create(name: string): Promise<AppendFile>;
  /** An existing file, to go on at its end. */
  open(name: string): Promise<AppendFile>;
  remove(name: string): Promise<void>;
  /** What the disk has left for us. */
  freeBytes(): Promise<number>;
  /** Makes created and removed names durable. */
  syncFolder(): Promise<void>;
}

/** A file that only grows, except that a torn end may be cut off. Calls must not overlap. */
export interface AppendFile {
  readonly size: number;
  /** All of it or an error; after an error some of it may be there. Durable only after `sync`. */
  append(bytes: Uint8Array): Promise<void>;
  truncate(size: number): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}
