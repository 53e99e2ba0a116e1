import { ConnectionError, errorCodes } from './errors.js';
import { clientPreface, type FrameHead, frameHeaderBytes } from './frames.js';
import { frameBytesMax } from './limits.js';

const preface = Buffer.from(clientPreface);

/** Cuts what a client sends into frames. Payloads are views: on the chunk they came in, where they came in one. */
export class FrameReader {
  readonly #onFrame: (head: FrameHead, payload: Buffer) => void;
  #prefaceSeen = 0;
  /** The beginning of a frame whose end has not come: its head alone, or a buffer as long as the frame. */
  #partial: Buffer | undefined;
  #partialBytes = 0;

  constructor(onFrame: (head: FrameHead, payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** @throws ConnectionError on what is no HTTP/2, and what `onFrame` throws */
  push(chunk: Buffer): void {
    let at = this.#prefaceSeen < preface.length ? this.#readPreface(chunk) : 0;
    while (at < chunk.length) at = this.#partial === undefined ? this.#readWhole(chunk, at) : this.#readRest(chunk, at);
  }

  #readPreface(chunk: Buffer): number {
    const length = Math.min(chunk.length, preface.length - this.#prefaceSeen);
    if (chunk.compare(preface, this.#prefaceSeen, this.#prefaceSeen + length, 0, length) !== 0) {
      throw new ConnectionError(errorCodes.protocolError, 'not the preface of HTTP/2');
    }
    this.#prefaceSeen += length;
    return length;
  }

  #readWhole(chunk: Buffer, at: number): number {
    if (chunk.length - at < frameHeaderBytes) return this.#keep(Buffer.allocUnsafe(frameHeaderBytes), chunk, at);
    const length = payloadLength(chunk, at);
    const end = at + frameHeaderBytes + length;
    if (end > chunk.length) return this.#keep(Buffer.allocUnsafe(frameHeaderBytes + length), chunk, at);
    this.#onFrame(frameHead(chunk, at), chunk.subarray(at + frameHeaderBytes, end));
    return end;
  }

  #keep(partial: Buffer, chunk: Buffer, at: number): number {
    this.#partial = partial;
    this.#partialBytes = chunk.copy(partial, 0, at);
    return chunk.length;
  }

  #readRest(chunk: Buffer, at: number): number {
    const partial = this.#partial ?? Buffer.alloc(0);
    const taken = chunk.copy(partial, this.#partialBytes, at);
    this.#partialBytes += taken;
    if (this.#partialBytes < partial.length) return at + taken;
    const length = payloadLength(partial, 0);
    if (partial.length === frameHeaderBytes && length > 0) {
      this.#keep(Buffer.allocUnsafe(frameHeaderBytes + length), partial, 0);
      return at + taken;
    }
    this.#partial = undefined;
    this.#onFrame(frameHead(partial, 0), partial.subarray(frameHeaderBytes));
    return at + taken;
  }
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes.readUIntBE(at, 3);
  if (length > frameBytesMax) throw new ConnectionError(errorCodes.frameSizeError, `frame of ${length} bytes`);
  return length;
}

function frameHead(bytes: Buffer, at: number): FrameHead {
  return { type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, streamId: bytes.readUInt32BE(at + 5) & 0x7fff_ffff };
}
