import { ConnectionError, errorCodes } from './errors.js';
import { staticTable } from './hpack-static-table.js';
import { huffmanDecode } from './huffman.js';
import { headerListBytesMax, headerTableBytesMax } from './limits.js';

/** One header. `wellFormed`: HTTP allows its name and value (RFC 9113 §8.2.1). */
export interface Header {
  readonly name: string;
  readonly value: string;
  readonly wellFormed: boolean;
}

interface Entry extends Header {
  /** RFC 7541 §4.1. */
  readonly bytes: number;
}

const entryOverheadBytes = 32;

const names = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const values = /^(?![ \t])[^\0\r\n]*(?<![ \t])$/;

function makeEntry(name: string, value: string): Entry {
  const wellFormed = names.test(name) && values.test(value);
  return { name, value, wellFormed, bytes: name.length + value.length + entryOverheadBytes };
}

const statics: readonly Entry[] = staticTable.map(([name, value]) => makeEntry(name, value));

/** Decodes the header blocks of one connection (RFC 7541); all of them, in order, because each may change the table. */
export class HpackDecoder {
  /** Oldest first; those before `#oldest` are gone. */
  #table: Entry[] = [];
  #oldest = 0;
  #tableBytes = 0;
  #tableBytesMax = headerTableBytesMax;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * @returns undefined for a list larger than `headerListBytesMax`
   * @throws ConnectionError on a malformed block; nothing can be decoded after it
   */
  decode(block: Buffer): readonly Header[] | undefined {
    this.#block = block;
    this.#at = 0;
    this.#resize();
    const headers: Header[] = [];
    let bytes = 0;
    while (this.#at < block.length) {
      const entry = this.#readEntry();
      bytes += entry.bytes;
      if (bytes <= headerListBytesMax) headers.push(entry);
    }
    return bytes <= headerListBytesMax ? headers : undefined;
  }

  /** Changes of the table's size stand at the beginning of a block (§4.2). */
  #resize(): void {
    while (((this.#block[this.#at] ?? 0) & 0xe0) === 0x20) {
      const size = this.#readInteger(5);
      if (size > headerTableBytesMax) throw malformed('table larger than allowed');
      this.#tableBytesMax = size;
      this.#evict(0);
    }
  }

  #readEntry(): Entry {
    const first = this.#block[this.#at] ?? 0;
    if (first >= 0x80) return this.#indexed(this.#readInteger(7));
    if (first >= 0x40) {
      const entry = this.#readLiteral(6);
      this.#add(entry);
      return entry;
    }
    if (first >= 0x20) throw malformed('size of the table changed within a block');
    return this.#readLiteral(4);
  }

  #indexed(index: number): Entry {
    const entry = index <= statics.length ? statics[index - 1] : this.#table[this.#table.length - (index - statics.length)];
    if (entry === undefined || index - statics.length > this.#table.length - this.#oldest) throw malformed('no such index');
    return entry;
  }

  #readLiteral(prefixBits: number): Entry {
    const index = this.#readInteger(prefixBits);
    const name = index === 0 ? this.#readString() : this.#indexed(index).name;
    return makeEntry(name, this.#readString());
  }

  #readString(): string {
    const huffman = (this.#block[this.#at] ?? 0) >= 0x80;
    const length = this.#readInteger(7);
    const end = this.#at + length;
    if (end > this.#block.length) throw malformed('string beyond the end');
    const start = this.#at;
    this.#at = end;
    if (!huffman) return this.#block.toString('latin1', start, end);
    const text = huffmanDecode(this.#block.subarray(start, end));
    if (text === undefined) throw malformed('Huffman code');
    return text.toString('latin1');
  }

  /** §5.1. Nothing that is meant here needs more than 28 bits. */
  #readInteger(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#readByte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#readByte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw malformed('integer too large');
  }

  #readByte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw malformed('cut off');
    return byte;
  }

  #add(entry: Entry): void {
    this.#evict(entry.bytes);
    if (entry.bytes > this.#tableBytesMax) return; // an entry too large empties the table (§4.4)
    this.#table.push(entry);
    this.#tableBytes += entry.bytes;
  }

  #evict(neededBytes: number): void {
    while (this.#tableBytes + neededBytes > this.#tableBytesMax && this.#oldest < this.#table.length) {
      this.#tableBytes -= this.#table[this.#oldest++]?.bytes ?? 0;
    }
    if (this.#oldest < 64 || this.#oldest < this.#table.length / 2) return;
    this.#table = this.#table.slice(this.#oldest); // seldom, so that evicting stays cheap
    this.#oldest = 0;
  }
}

function malformed(what: string): ConnectionError {
  return new ConnectionError(errorCodes.compressionError, `malformed header block: ${what}`);
}
