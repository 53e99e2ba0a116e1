import { createHash } from 'node:crypto';
import { alignment, digestBytes, SnapshotFormatError } from './snapshot-format.js';

/** Checks a stream of bytes against the SHA-256 that it ends with. */
export class TrailingDigest {
  readonly #hash = createHash('sha256');
  /** The last bytes so far: perhaps the digest. */
  #tail: Buffer = Buffer.alloc(0);
  #bytes = 0;

  update(blob: Uint8Array): void {
    const all = Buffer.concat([this.#tail, blob]);
    const end = Math.max(0, all.length - digestBytes);
    this.#hash.update(all.subarray(0, end));
    this.#tail = all.subarray(end);
    this.#bytes += blob.length;
  }

  /**
   * Call it once, after the last piece.
   * @throws SnapshotFormatError with etcdutl's texts
   */
  verify(): void {
    if (this.#bytes % alignment !== digestBytes) {
      throw new SnapshotFormatError('snapshot missing hash but --skip-hash-check=false');
    }
    const computed = this.#hash.digest();
    if (!computed.equals(this.#tail)) {
      throw new SnapshotFormatError(`expected sha256 ${asGo(this.#tail)}, got ${asGo(computed)}`);
    }
  }
}

/** As Go prints a byte slice. */
function asGo(bytes: Buffer): string {
  return `[${[...bytes].join(' ')}]`;
}
