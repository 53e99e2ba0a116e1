/** What a shim and whoever attaches to its container send each other: a kind, a length in 32 bits, and so many bytes. */
export const attachKinds = {
  /** To the shim, first: which of `stdin`, `stdout` and `stderr` are wanted, as JSON. */
  open: 0,
  stdin: 1,
  /** To the shim: nothing more comes on stdin. */
  stdinEnd: 2,
  /** To the shim: how large the terminal is, as JSON. */
  resize: 3,
  stdout: 4,
  stderr: 5,
} as const;

export interface AttachFrame {
  readonly kind: number;
  readonly data: Buffer;
}

const headBytes = 5;

export function encodeAttachFrame(kind: number, data: Buffer): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(kind);
  head.writeUInt32BE(data.length, 1);
  return Buffer.concat([head, data]);
}

/** Cuts what arrives into frames. Both ends are ours, so that lengths are what they should be. */
export class AttachFrameReader {
  #rest: Buffer = Buffer.alloc(0);

  *push(chunk: Buffer): Generator<AttachFrame, void, undefined> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= headBytes) {
      const end = headBytes + this.#rest.readUInt32BE(1);
      if (this.#rest.length < end) return;
      yield { kind: this.#rest.readUInt8(0), data: this.#rest.subarray(headBytes, end) };
      this.#rest = this.#rest.subarray(end);
    }
  }
}
