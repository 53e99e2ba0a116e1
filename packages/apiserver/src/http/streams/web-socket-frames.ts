const shortLengthMax = 125;
const mediumLength = 126;
const maskBytes = 4;

/** Cuts what comes over a WebSocket where a frame ends (RFC 6455 §5.2). */
export class FrameCutter {
  readonly #header = Buffer.alloc(14);
  #headerBytes = 0;
  /** Of the payload that is under way. */
  #bytesLeft = 0;

  /** @returns the same bytes; no piece has some of two frames */
  cut(chunk: Buffer): readonly Buffer[] {
    const pieces: Buffer[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#bytesLeft > 0) {
        const bytes = Math.min(this.#bytesLeft, chunk.length - at);
        at += bytes;
        this.#bytesLeft -= bytes;
      } else {
        this.#header[this.#headerBytes++] = chunk.readUInt8(at++);
        if (!this.#beginPayload()) continue;
      }
      if (this.#bytesLeft > 0) continue;
      pieces.push(chunk.subarray(start, at));
      start = at;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
    return pieces;
  }

  /** @returns whether the header was complete */
  #beginPayload(): boolean {
    if (this.#headerBytes < 2) return false;
    const second = this.#header.readUInt8(1);
    const length = second & 0x7f;
    const lengthBytes = length <= shortLengthMax ? 0 : length === mediumLength ? 2 : 8;
    if (this.#headerBytes < 2 + lengthBytes + (second > 0x7f ? maskBytes : 0)) return false;
    if (lengthBytes === 0) this.#bytesLeft = length;
    else this.#bytesLeft = lengthBytes === 2 ? this.#header.readUInt16BE(2) : Number(this.#header.readBigUInt64BE(2));
    this.#headerBytes = 0;
    return true;
  }
}
