import { errorMessage, type Logger } from '@flotilla/base';
import { isStoreError } from '@flotilla/mvcc';
import { grpcCode, grpcCodes } from '../etcd/errors.js';
import { encodeHeaders } from './http2/hpack-encoder.js';

/** A failure that is gRPC's own, with the text that Go's server has for it. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A failure of HTTP before gRPC comes into play. */
export class HttpError extends GrpcError {
  readonly httpStatus: number;

  constructor(httpStatus: number, message: string) {
    super(grpcCodes.internal, message);
    this.httpStatus = httpStatus;
  }
}

const contentType = ['content-type', 'application/grpc'] as const;

/** The head of every answer that has a body. */
export const responseHeaders: Buffer = encodeHeaders([[':status', '200'], contentType]);

/** Ends a call that went well. */
export const okTrailers: Buffer = encodeHeaders([['grpc-status', '0']]);

/** Ends a call that went well without a single message. */
export const okAlone: Buffer = encodeHeaders([[':status', '200'], contentType, ['grpc-status', '0']]);

/** Ends a call whose head is sent already. */
export function errorTrailers(error: unknown, log: Logger): Buffer {
  return encodeHeaders(statusHeaders(error, log));
}

/** Answers a call with an error and nothing else ("trailers-only"). */
export function errorAlone(error: unknown, log: Logger): Buffer {
  const status = error instanceof HttpError ? error.httpStatus : 200;
  return encodeHeaders([
    [':status', String(status)],
    contentType,
    ['grpc-accept-encoding', 'identity,gzip'],
    ...statusHeaders(error, log),
  ]);
}

function statusHeaders(error: unknown, log: Logger): readonly (readonly [string, string])[] {
  return [
    ['grpc-status', String(codeOf(error, log))],
    ['grpc-message', percentEncode(errorMessage(error))],
  ];
}

/** What nobody expected is logged. */
function codeOf(error: unknown, log: Logger): number {
  if (isStoreError(error)) return grpcCode(error.code);
  if (error instanceof GrpcError) return error.code;
  log.error({ err: error }, 'gRPC request failed unexpectedly');
  return grpcCodes.internal;
}

/** Of UTF-8, all but printable ASCII, and `%` itself. */
function percentEncode(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text;
  return [...Buffer.from(text)]
    .map((byte) => (byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : percent(byte)))
    .join('');
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}
