import { constants, createInflate } from 'node:zlib';
import { headerDictionary } from './dictionary.js';
import { SpdyError } from './frames.js';

/** Names in lower case. */
export type Headers = ReadonlyMap<string, string>;

/** What the header blocks of one connection may unfold to, each: a few kilobytes of zlib can stand for gigabytes. */
const headerBytesMax = 64 * 1024;

/** Undoes the compression of header blocks: one zlib stream for all those of a connection, so they have to come in their order, one at a time. */
export class HeaderInflater {
  readonly #inflate = createInflate({ dictionary: headerDictionary, flush: constants.Z_SYNC_FLUSH });
  #chunks: Buffer[] = [];
  #bytes = 0;
  #fail: ((error: Error) => void) | undefined;

  constructor() {
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#bytes <= headerBytesMax) this.#chunks.push(chunk);
      else this.#inflate.destroy();
    });
    this.#inflate.on('error', (error) => this.#fail?.(error));
  }

  /** @throws SpdyError */
  async read(block: Buffer): Promise<Headers> {
    this.#chunks = [];
    this.#bytes = 0;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#fail = reject;
        this.#inflate.write(block, (error) => (error ? reject(error) : resolve()));
      });
    } catch (error) {
      throw error instanceof SpdyError ? error : new SpdyError('header block cannot be decompressed', { cause: error });
    }
    if (this.#bytes > headerBytesMax) throw new SpdyError(`headers are longer than ${headerBytesMax} bytes`);
    return parseHeaders(Buffer.concat(this.#chunks));
  }

  close(): void {
    this.#inflate.close();
  }
}

/**
 * Writes header blocks of one connection. Those that we send hold next to nothing, so they are stored, not compressed: any inflater takes
 * that, and no state has to be kept.
 */
export class HeaderWriter {
  #begun = false;

  write(headers: Headers): Buffer {
    const plain = Buffer.concat([
      length32(headers.size),
      ...[...headers].flat().flatMap((text) => [length32(Buffer.byteLength(text)), Buffer.from(text)]),
    ]);
    if (plain.length > 0xffff) throw new SpdyError(`headers of ${plain.length} bytes`);
    const prologue = this.#begun ? [] : [Buffer.from([0x78, 0x01])]; // zlib's two bytes: deflate, no dictionary
    this.#begun = true;
    // The empty block at the end is what a sync flush is: readers give out what they have when they meet it.
    return Buffer.concat([...prologue, storedBlock(plain), storedBlock(Buffer.alloc(0))]);
  }
}

/** RFC 1951, §3.2.4. */
function storedBlock(data: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(data.length, 1);
  head.writeUInt16LE(~data.length & 0xffff, 3);
  return Buffer.concat([head, data]);
}

function parseHeaders(data: Buffer): Headers {
  let at = 0;
  const number = () => {
    if (data.length < at + 4) throw new SpdyError('header block is cut short');
    at += 4;
    return data.readUInt32BE(at - 4);
  };
  const text = () => {
    const length = number();
    if (data.length < at + length) throw new SpdyError('header block is cut short');
    at += length;
    return data.toString('utf8', at - length, at);
  };
  const headers = new Map<string, string>();
  for (let left = number(); left > 0; left--) headers.set(text().toLowerCase(), text());
  return headers;
}

function length32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}
