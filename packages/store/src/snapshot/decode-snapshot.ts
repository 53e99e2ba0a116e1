import {
  decodeHeader,
  endMark,
  entryBytesMax,
  entryHeadBytes,
  headerBytesMax,
  magic,
  SnapshotFormatError,
  type SnapshotHeader,
  version,
} from './snapshot-format.js';

export interface DecodedSnapshot {
  readonly header: SnapshotHeader;
  /**
   * In key order; to be read once.
   * @throws SnapshotFormatError while iterating
   */
  readonly entries: AsyncIterable<readonly [key: Buffer, value: Buffer]>;
}

/**
 * Reads a snapshot file piece by piece. Does not look at its digest: `TrailingDigest` does.
 * @throws SnapshotFormatError when its beginning is none of a snapshot's
 */
export async function decodeSnapshot(blobs: AsyncIterable<Uint8Array>): Promise<DecodedSnapshot> {
  const source = new ByteSource(blobs);
  const preamble = await source.atMost(magic.length + 8);
  if (preamble.length < magic.length + 8 || !preamble.subarray(0, magic.length).equals(magic)) {
    throw new SnapshotFormatError('not a snapshot of a Flotilla store');
  }
  const found = preamble.readUInt32BE(magic.length);
  if (found !== version) throw new SnapshotFormatError(`snapshot format ${found} is not known here, only ${version}`);
  const headerBytes = preamble.readUInt32BE(magic.length + 4);
  if (headerBytes > headerBytesMax) throw new SnapshotFormatError('the header of the snapshot is damaged');
  const header = decodeHeader(await source.read(headerBytes));
  return { header, entries: readEntries(source) };
}

async function* readEntries(source: ByteSource): AsyncGenerator<readonly [Buffer, Buffer]> {
  for (;;) {
    const head = await source.read(entryHeadBytes);
    const keyBytes = head.readUInt32BE(0);
    if (keyBytes === endMark) return;
    const bytes = keyBytes + head.readUInt32BE(4);
    if (bytes > entryBytesMax) throw new SnapshotFormatError('an entry of the snapshot is damaged');
    const entry = await source.read(bytes);
    yield [entry.subarray(0, keyBytes), entry.subarray(keyBytes)];
  }
}

/** Hands out the bytes of a stream in the sizes asked for. */
class ByteSource {
  readonly #blobs: AsyncIterator<Uint8Array>;
  #arrived: Buffer = Buffer.alloc(0);

  constructor(blobs: AsyncIterable<Uint8Array>) {
    this.#blobs = blobs[Symbol.asyncIterator]();
  }

  /** @throws SnapshotFormatError when the stream ends before */
  async read(bytes: number): Promise<Buffer> {
    const taken = await this.atMost(bytes);
    if (taken.length < bytes) throw new SnapshotFormatError('unexpected EOF: the snapshot is not whole');
    return taken;
  }

  /** Fewer only at the end of the stream. */
  async atMost(bytes: number): Promise<Buffer> {
    if (this.#arrived.length < bytes) await this.#gather(bytes);
    const taken = this.#arrived.subarray(0, bytes);
    this.#arrived = this.#arrived.subarray(bytes);
    return taken;
  }

  async #gather(bytes: number): Promise<void> {
    const parts: Buffer[] = [this.#arrived];
    for (let length = this.#arrived.length; length < bytes; ) {
      const { value, done } = await this.#blobs.next();
      if (done === true) break;
      parts.push(Buffer.from(value.buffer, value.byteOffset, value.length));
      length += value.length;
    }
    this.#arrived = Buffer.concat(parts);
  }
}
