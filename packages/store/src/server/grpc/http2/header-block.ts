import { ConnectionError, errorCodes } from './errors.js';
import { type FrameHead, frameFlags } from './frames.js';
import { continuationFramesMax, headerBlockBytesMax } from './limits.js';

/** The header block of one HEADERS frame and the CONTINUATION frames after it. */
export class HeaderBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  #complete = false;

  /** @throws ConnectionError on padding that is longer than the frame */
  constructor({ streamId, flags }: FrameHead, payload: Buffer) {
    this.streamId = streamId;
    this.endStream = (flags & frameFlags.endStream) !== 0;
    const body = withoutPadding(flags, payload);
    const skipped = (flags & frameFlags.priority) === 0 ? 0 : 5;
    if (skipped > body.length) throw new ConnectionError(errorCodes.frameSizeError, 'HEADERS without its priority');
    this.add(flags, body.subarray(skipped));
  }

  /** @throws ConnectionError when there are too many bytes, or frames */
  add(flags: number, fragment: Buffer): void {
    this.#parts.push(fragment);
    this.#bytes += fragment.length;
    if (this.#bytes > headerBlockBytesMax || this.#parts.length > continuationFramesMax) {
      throw new ConnectionError(errorCodes.enhanceYourCalm, 'headers too large');
    }
    this.#complete = (flags & frameFlags.endHeaders) !== 0;
  }

  get complete(): boolean {
    return this.#complete;
  }

  bytes(): Buffer {
    const [first] = this.#parts;
    return this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
  }
}

/** RFC 9113 §6.1. @throws ConnectionError */
export function withoutPadding(flags: number, payload: Buffer): Buffer {
  if ((flags & frameFlags.padded) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined) throw new ConnectionError(errorCodes.frameSizeError, 'padded frame without its length of padding');
  if (padding >= payload.length) throw new ConnectionError(errorCodes.protocolError, 'more padding than payload');
  return payload.subarray(1, payload.length - padding);
}
