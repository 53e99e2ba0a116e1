import type { Operation, StreamOperation } from '../etcd/call.js';
import { grpcCodes } from '../etcd/errors.js';
import { textField, type Wire } from '../etcd/wire.js';
import { GrpcError } from './status.js';

const serving: Wire = { status: 'SERVING' };

/** gRPC's own health check. As etcd: the server as a whole serves from its first answer to its last, and it names no services. /health tells more. */
export const check: Operation = (_call, request) => {
  if (textField(request, 'service') !== '') throw new GrpcError(grpcCodes.notFound, 'unknown service');
  return serving;
};

/** Says once what `check` says; for a service that it does not know, that it does not. */
export const watch: StreamOperation = (_call, sink) => ({
  request: (request) => void sink.send(textField(request, 'service') === '' ? serving : { status: 'SERVICE_UNKNOWN' }),
  drained() {},
  requestsEnded() {}, // more could come
  close() {},
});
