import type { Socket } from 'node:net';
import { type Clock, errorMessage, type Logger } from '@flotilla/base';
import { isStoreError, StoreError } from '@flotilla/mvcc';
import { etcdProtoFile } from '@flotilla/store-client';
import {
  type handleUnaryCall,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type ServiceError,
  type UntypedHandleCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import type { Caller } from '../caller.js';
import type { ClientService } from '../client-service.js';
import type { Operation, StreamOperation } from '../etcd/call.js';
import { streamCalls, unaryCalls } from '../etcd/calls.js';
import { grpcCode, grpcCodes } from '../etcd/errors.js';
import type { Wire } from '../etcd/wire.js';
import { messageSlackBytes } from '../limits.js';
import { correctFirstHeaders } from './first-headers.js';

export interface GrpcFace {
  /** Takes a connection that is about to speak HTTP/2; nothing may have been read from it. */
  accept(socket: Socket): void;
  close(): void;
}

/** etcd v3 gRPC on connections that the listener recognised as HTTP/2. */
export function createGrpcFace(service: ClientService, clock: Clock, log: Logger): GrpcFace {
  const server = new Server({
    'grpc.max_receive_message_length': service.requestBytesMax + messageSlackBytes,
    'grpc.max_send_message_length': -1,
  });
  const handlers = new Map<string, UntypedServiceImplementation>();
  const handle = (name: string, handler: UntypedHandleCall) => {
    const [serviceName = '', method = ''] = name.split('/');
    handlers.set(serviceName, { ...handlers.get(serviceName), [method]: handler });
  };
  for (const { name, operation } of unaryCalls) handle(name, unaryHandler(service, operation, log));
  for (const { name, stream } of streamCalls) handle(name, streamHandler(service, stream, clock, log));
  const definitions = loadDefinitions();
  for (const [name, implementation] of handlers) server.addService(definitions[name] as ServiceDefinition, implementation); // each is a service of the .proto file
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure()); // TLS, if any, ends in the listener
  return {
    accept: (socket) => correctFirstHeaders(socket, (corrected) => injector.injectConnection(corrected)),
    close: () => {
      injector.destroy();
      server.forceShutdown();
    },
  };
}

function loadDefinitions(): PackageDefinition {
  return loadSync(etcdProtoFile, { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true });
}

function unaryHandler(service: ClientService, operation: Operation, log: Logger): handleUnaryCall<Wire, Wire> {
  return (call, callback) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort(new StoreError('cancelled', 'context canceled')));
    run(() => operation({ service, caller: callerOf(call.metadata), signal: abort.signal }, call.request)).then(
      (response) => callback(null, response),
      (error: unknown) => callback(asServiceError(error, log)),
    );
  };
}

async function run<T>(work: () => Promise<T> | T): Promise<T> {
  return work();
}

function callerOf(metadata: Metadata): Caller {
  const [token] = metadata.get('token');
  return token === undefined ? {} : { token: String(token) };
}

function streamHandler(service: ClientService, open: StreamOperation, clock: Clock, log: Logger) {
  return (call: ServerDuplexStream<Wire, Wire>) => {
    const fail = (error: unknown) => void call.destroy(asError(asServiceError(error, log)));
    const sink = { send: (message: Wire) => call.write(message), end: () => void call.end(), fail };
    const session = open({ service, caller: callerOf(call.metadata) }, sink, clock);
    const take = (request: Wire) => {
      try {
        session.request(request);
      } catch (error) {
        fail(error);
      }
    };
    // A method without a stream of requests has its one request already.
    if ('request' in call) take(call.request as Wire);
    call.on('data', take);
    call.on('drain', () => session.drained());
    call.on('end', () => session.requestsEnded());
    for (const end of ['cancelled', 'close', 'error']) call.on(end, () => session.close());
  };
}

function asServiceError(error: unknown, log: Logger): Pick<ServiceError, 'code' | 'details'> {
  const details = errorMessage(error);
  if (isStoreError(error)) return { code: grpcCode(error.code), details };
  log.error({ err: error }, 'gRPC request failed unexpectedly');
  return { code: grpcCodes.internal, details };
}

function asError(status: Pick<ServiceError, 'code' | 'details'>): Error {
  return Object.assign(new Error(status.details), status);
}
