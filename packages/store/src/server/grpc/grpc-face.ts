import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Clock, errorMessage, type Logger } from '@flotilla/base';
import { isStoreError, StoreError } from '@flotilla/mvcc';
import {
  type GrpcObject,
  type handleUnaryCall,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceClientConstructor,
  type ServiceError,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { ClientService } from '../client-service.js';
import { grpcCode, grpcCodes } from '../etcd/errors.js';
import type { Operation } from '../etcd/operations.js';
import * as operations from '../etcd/operations.js';
import { WatchSession } from '../etcd/watch-session.js';
import type { Wire } from '../etcd/wire.js';
import { messageSlackBytes } from '../limits.js';
import { correctFirstHeaders } from './first-headers.js';

export interface GrpcFace {
  /** Takes a connection that is about to speak HTTP/2; nothing may have been read from it. */
  accept(socket: Socket): void;
  close(): void;
}

const protoFile = fileURLToPath(new URL('../../../proto/etcd.proto', import.meta.url));

const unaryServices: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  KV: {
    Range: operations.range,
    Put: operations.put,
    DeleteRange: operations.deleteRange,
    Txn: operations.txn,
    Compact: operations.compact,
  },
  Lease: {
    LeaseGrant: operations.leaseGrant,
    LeaseRevoke: operations.leaseRevoke,
    LeaseTimeToLive: operations.leaseTimeToLive,
    LeaseLeases: operations.leaseLeases,
  },
  Cluster: {
    MemberAdd: operations.memberAdd,
    MemberRemove: operations.memberRemove,
    MemberList: operations.memberList,
    MemberPromote: operations.memberPromote,
  },
  Maintenance: {
    Alarm: operations.alarm,
    Status: operations.status,
    Defragment: operations.defragment,
    Hash: operations.hash,
    HashKV: operations.hashKv,
    MoveLeader: operations.moveLeader,
  },
};

/** etcd v3 gRPC on connections that the listener recognised as HTTP/2. */
export function createGrpcFace(service: ClientService, clock: Clock, log: Logger): GrpcFace {
  const server = new Server({
    'grpc.max_receive_message_length': service.requestBytesMax + messageSlackBytes,
    'grpc.max_send_message_length': -1,
  });
  const services = loadServices();
  for (const [name, unary] of Object.entries(unaryServices)) {
    const handlers: UntypedServiceImplementation = {};
    for (const [method, operation] of Object.entries(unary)) handlers[method] = unaryHandler(service, operation, log);
    if (name === 'Lease') handlers['LeaseKeepAlive'] = keepAliveHandler(service, log);
    addService(server, services, name, handlers);
  }
  addService(server, services, 'Watch', { Watch: watchHandler(service, clock, log) });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure()); // TLS, if any, ends in the listener
  return {
    accept: (socket) => correctFirstHeaders(socket, (corrected) => injector.injectConnection(corrected)),
    close: () => {
      injector.destroy();
      server.forceShutdown();
    },
  };
}

function loadServices(): GrpcObject {
  const definition = loadSync(protoFile, { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true });
  // The package of the .proto file is an object of its services and messages.
  return loadPackageDefinition(definition)['etcdserverpb'] as GrpcObject;
}

function addService(server: Server, services: GrpcObject, name: string, handlers: UntypedServiceImplementation): void {
  // Each name passed here is a service of the .proto file.
  server.addService((services[name] as ServiceClientConstructor).service, handlers);
}

function unaryHandler(service: ClientService, operation: Operation, log: Logger): handleUnaryCall<Wire, Wire> {
  return (call, callback) => {
    const abort = new AbortController();
    call.on('cancelled', () => abort.abort(new StoreError('cancelled', 'context canceled')));
    run(() => operation(service, call.request, abort.signal)).then(
      (response) => callback(null, response),
      (error: unknown) => callback(asServiceError(error, log)),
    );
  };
}

async function run<T>(work: () => Promise<T> | T): Promise<T> {
  return work();
}

function keepAliveHandler(service: ClientService, log: Logger) {
  return (call: ServerDuplexStream<Wire, Wire>) => {
    call.on('data', (request: Wire) => {
      run(() => operations.leaseKeepAlive(service, request)).then(
        (response) => call.write(response),
        (error: unknown) => call.destroy(asError(asServiceError(error, log))),
      );
    });
    call.on('end', () => call.end());
    call.on('error', () => {}); // the client went away: nothing is left to do
  };
}

function watchHandler(service: ClientService, clock: Clock, log: Logger) {
  return (call: ServerDuplexStream<Wire, Wire>) => {
    const session = new WatchSession(service, clock, (message) => call.write(message));
    call.on('data', (request: Wire) => {
      try {
        session.request(request);
      } catch (error) {
        call.destroy(asError(asServiceError(error, log)));
      }
    });
    call.on('drain', () => session.drained());
    call.on('end', () => {
      session.close();
      call.end();
    });
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
