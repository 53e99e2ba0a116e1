const chunkLength = 4096; // arguments of one fromCharCode call; engines cap them at about 65,000

/**
 * Bytes as a string of char codes 0–255: a compact map key whose `<` is the order of the bytes.
 * @example binaryString(Uint8Array.of(0x61, 0xff)) // 'aÿ'
 */
export function binaryString(bytes: Uint8Array): string {
  if (bytes.length <= chunkLength) return fromCharCodes(bytes);
  let text = '';
  for (let i = 0; i < bytes.length; i += chunkLength) text += fromCharCodes(bytes.subarray(i, i + chunkLength));
  return text;
}

function fromCharCodes(bytes: Uint8Array): string {
  // The cast is about typing alone: `apply` takes any array-like of numbers.
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

/** The bytes of a string made by `binaryString`. */
export function binaryBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** @returns negative, 0 or positive, as `a` sorts before, with or after `b` */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** The exclusive end of the range of all keys that start with `prefix`. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] ?? 0xff;
    if (byte < 0xff) {
      const end = Uint8Array.from(prefix.subarray(0, i + 1)); // a Buffer's own slice would share memory
      end[i] = byte + 1;
      return end;
    }
  }
  return Uint8Array.of(0);
}

/** A span of keys as the index sees it: `end` is exclusive; undefined means no end. */
export interface KeySpan {
  readonly start: string;
  readonly end: string | undefined;
  /** Exactly the key `start`; `end` then means nothing. */
  readonly single: boolean;
}

/** etcd's range convention: no end is one key, a single zero byte is everything from the key on. */
export function keySpan(key: Uint8Array, rangeEnd: Uint8Array | undefined): KeySpan {
  const start = binaryString(key);
  if (rangeEnd === undefined || rangeEnd.length === 0) return { start, end: undefined, single: true };
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { start, end: undefined, single: false };
  return { start, end: binaryString(rangeEnd), single: false };
}

export function spanContains(span: KeySpan, key: string): boolean {
  if (span.single) return key === span.start;
  return key >= span.start && (span.end === undefined || key < span.end);
}
