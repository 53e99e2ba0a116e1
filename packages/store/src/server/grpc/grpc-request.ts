import { grpcCodes } from '../etcd/errors.js';
import type { Header } from './http2/hpack-decoder.js';
import { findHeader, type RequestHead } from './http2/request-head.js';
import { GrpcError, HttpError } from './status.js';
import { parseTimeoutMs } from './timeout.js';

/** What the headers of a call say, its path apart. */
export interface GrpcRequest {
  readonly encoding: 'identity' | 'gzip';
  readonly timeoutMs: number | undefined;
  readonly token: string | undefined;
  /** The client would rather have an error than wait for a leader. */
  readonly requiresLeader: boolean;
}

/** @throws HttpError for a request that is not gRPC's */
export function checkGrpc({ method, headers }: RequestHead): void {
  if (method !== 'POST') throw new HttpError(405, `:method ${method}, which should be POST`);
  const contentType = findHeader(headers, 'content-type') ?? '';
  if (/^application\/grpc(?:[+;]|$)/.test(contentType)) return;
  throw new HttpError(415, `invalid gRPC request content-type ${JSON.stringify(contentType)}`);
}

/** @throws GrpcError */
export function grpcRequest(headers: readonly Header[]): GrpcRequest {
  let encoding = 'identity';
  let timeout: string | undefined;
  let token: string | undefined;
  let requiresLeader = false;
  for (const { name, value } of headers) {
    if (name === 'grpc-encoding') encoding = value;
    else if (name === 'grpc-timeout') timeout = value;
    else if (name === 'hasleader') requiresLeader = value === 'true';
    else if (name === 'token' || (name === 'authorization' && token === undefined)) token = value;
  }
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new GrpcError(
      grpcCodes.unimplemented,
      `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`,
    );
  }
  const timeoutMs = timeout === undefined ? undefined : parseTimeoutMs(timeout);
  if (timeout !== undefined && timeoutMs === undefined)
    throw new GrpcError(grpcCodes.internal, `malformed grpc-timeout: ${timeout}`);
  return { encoding, timeoutMs, token, requiresLeader };
}
