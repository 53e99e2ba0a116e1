import { gunzipSync } from 'node:zlib';
import { errorMessage } from '@flotilla/base';
import { grpcCodes } from '../etcd/errors.js';
import { GrpcError } from './status.js';

const prefixBytes = 5;

/** Cuts the body of a request into gRPC's length-prefixed messages, and unpacks those that are compressed. */
export class MessageReader {
  readonly #bytesMax: number;
  readonly #encoding: string;
  readonly #onMessage: (message: Buffer) => void;
  /** What came of a message that is not complete, and how long it is; 0 while that is not known. */
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #wantedBytes = 0;

  /** @param encoding the request's `grpc-encoding` */
  constructor(bytesMax: number, encoding: string, onMessage: (message: Buffer) => void) {
    this.#bytesMax = bytesMax;
    this.#encoding = encoding;
    this.#onMessage = onMessage;
  }

  /**
   * Messages may be views on `bytes`.
   * @returns how many bytes the message under way lacks; 0: none is under way
   * @throws GrpcError, and what `onMessage` throws
   */
  push(bytes: Buffer): number {
    let rest = this.#join(bytes);
    if (rest === undefined) return this.#wantedBytes - this.#partsBytes;
    while (rest.length >= prefixBytes) {
      const end = prefixBytes + this.#lengthOf(rest);
      if (rest.length < end) return this.#keep(rest, end);
      this.#onMessage(this.#unpack(rest[0] ?? 0, rest.subarray(prefixBytes, end)));
      rest = rest.subarray(end);
    }
    return rest.length === 0 ? 0 : this.#keep(rest, prefixBytes);
  }

  /** @returns everything there is; undefined while a message lacks something */
  #join(bytes: Buffer): Buffer | undefined {
    if (this.#parts.length === 0) return bytes;
    this.#parts.push(bytes);
    this.#partsBytes += bytes.length;
    if (this.#partsBytes < this.#wantedBytes) return undefined;
    const joined = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    return joined;
  }

  #keep(rest: Buffer, wantedBytes: number): number {
    this.#parts = [rest];
    this.#partsBytes = rest.length;
    this.#wantedBytes = wantedBytes;
    return wantedBytes - rest.length;
  }

  #lengthOf(message: Buffer): number {
    const length = message.readUInt32BE(1);
    if (length > this.#bytesMax) {
      throw new GrpcError(
        grpcCodes.resourceExhausted,
        `grpc: received message larger than max (${length} vs. ${this.#bytesMax})`,
      );
    }
    return length;
  }

  #unpack(format: number, message: Buffer): Buffer {
    if (format === 0) return message;
    if (format !== 1) throw new GrpcError(grpcCodes.internal, `grpc: received unexpected payload format ${format}`);
    if (this.#encoding === 'identity') {
      throw new GrpcError(grpcCodes.internal, 'grpc: compressed flag set with identity or empty encoding');
    }
    return gunzip(message, this.#bytesMax);
  }
}

/** At once, and so in order: nothing that is allowed takes more than milliseconds. */
function gunzip(message: Buffer, bytesMax: number): Buffer {
  try {
    return gunzipSync(message, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof RangeError) {
      const text = `grpc: received message after decompression larger than max (${bytesMax + 1} vs. ${bytesMax})`;
      throw new GrpcError(grpcCodes.resourceExhausted, text);
    }
    throw new GrpcError(grpcCodes.internal, `grpc: failed to decompress the received message ${errorMessage(error)}`);
  }
}
