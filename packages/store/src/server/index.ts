import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock, Logger, Random } from '@flotilla/base';
import type { MvccStore } from '@flotilla/mvcc';
import { ConfigError, type Metrics, reloadingTls, type TlsPaths } from '@flotilla/process';
import type { Alarms } from '../alarms.js';
import type { Member } from '../member.js';
import { AuthService } from './auth/auth-service.js';
import { ClientService } from './client-service.js';
import type { Gateway } from './gateway/gateway.js';
import type { GrpcFace } from './grpc/grpc-face.js';
import { startLeaseClock } from './lease-clock.js';
import { type Faces, type Listener, type ListenerTls, listen } from './listener.js';
import { NativeServer } from './native/native-server.js';
import { OperatorPages } from './operator-pages.js';
import { registerServerMetrics } from './server-metrics.js';

export interface ServeClientsOptions {
  readonly member: Member<MvccStore>;
  readonly alarms: Alarms;
  /** One listener each, e.g. `https://127.11.1.1:2379`; port 0 picks a free one. */
  readonly listenClientUrls: readonly URL[];
  /** `--listen-metrics-urls`: there, /metrics, /health and /version are served, and nothing else. */
  readonly listenMetricsUrls?: readonly URL[];
  /** File paths; needed by https URLs. Read again when they change. */
  readonly tls?: {
    readonly cert: string;
    readonly key: string;
    readonly trustedCa?: string;
    /** Clients need a certificate that `trustedCa` signed. */
    readonly clientCertAuth: boolean;
  };
  /** `--max-request-bytes`. */
  readonly maxRequestBytes: number;
  /** `--quota-backend-bytes`; 0: none. */
  readonly quotaBytes: number;
  /** `--experimental-watch-progress-notify-interval`. */
  readonly watchProgressMs: number;
  /** `--election-timeout`: a new leader gives every lease this much more. */
  readonly electionMs: number;
  /** Of users, once they have to sign in. */
  readonly auth: {
    /** `--auth-token-ttl`. */
    readonly tokenTtlMs: number;
    /** `--bcrypt-cost`. */
    readonly passwordCost: number;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface ClientServer {
  /** Where it listens, in the order of the URLs, client URLs first. */
  readonly addresses: readonly AddressInfo[];
  close(): Promise<void>;
}

/**
 * Serves a member to clients: the native protocol, etcd's JSON gateway with /health, /version and /metrics, and
 * etcd v3 gRPC, all on the same ports. Also runs the lease clock, because nothing else in the process needs one.
 * @throws ConfigError when a URL cannot be listened on, or wants TLS and none is configured
 */
export async function serveClients(options: ServeClientsOptions): Promise<ClientServer> {
  const { member, clock, random, log, metrics } = options;
  const leaseClock = startLeaseClock(member, clock, log, { promotionMarginMs: options.electionMs });
  const { lessor } = leaseClock;
  const { maxRequestBytes: requestBytesMax, watchProgressMs, quotaBytes, alarms } = options;
  const serverMetrics = registerServerMetrics(metrics, member, quotaBytes);
  const auth = new AuthService({ member, clock, log, ...options.auth });
  const limits = { requestBytesMax, watchProgressMs, quotaBytes };
  const service = new ClientService({ member, lessor, auth, random, ...limits, alarms, metrics: serverMetrics });
  const native = new NativeServer(service, log);
  const pages = new OperatorPages(service, metrics, clock, log);
  // The gateway and gRPC are loaded when the first client asks for them: they cost start-up time and memory.
  let gateway: Promise<Gateway> | undefined;
  let grpc: Promise<GrpcFace> | undefined;
  const faces = {
    request: (request: IncomingMessage, response: ServerResponse) => {
      if (pages.serve(request, response)) return;
      gateway ??= import('./gateway/gateway.js').then(({ createGateway }) => createGateway(service, clock, log));
      gateway.then((handler) => handler.handle(request, response));
    },
    upgrade: native.upgrade.bind(native),
    http2: (socket: Socket) => {
      socket.pause();
      grpc ??= import('./grpc/grpc-face.js').then(({ createGrpcFace }) =>
        createGrpcFace(service, clock, log, options.electionMs),
      );
      grpc.then((face) => face.accept(socket));
    },
  };
  const material = options.tls === undefined ? undefined : reloadingTls(tlsPaths(options.tls), log);
  const secure = (): ListenerTls | undefined =>
    material && { ...material.current(), clientCertAuth: options.tls?.clientCertAuth ?? false };
  const listeners: Listener[] = [];
  const close = async () => {
    native.close();
    await grpc?.then((face) => face.close()); // before its connections are taken away
    await Promise.all(listeners.map((listener) => listener.close()));
    material?.close();
    leaseClock.close();
    auth.close();
  };
  try {
    for (const url of options.listenClientUrls) listeners.push(await listen(url, tlsFor(url, secure()), faces, log));
    for (const url of options.listenMetricsUrls ?? []) {
      listeners.push(await listen(url, tlsFor(url, secure()), pagesAlone(pages), log));
    }
  } catch (error) {
    await close();
    throw error;
  }
  material?.onChange(() => {
    const next = secure();
    if (next !== undefined) for (const listener of listeners) listener.setTls(next);
  });
  return { addresses: listeners.map(({ address }) => address), close };
}

/** For metrics URLs, which may be open to more than the clients are. */
function pagesAlone(pages: OperatorPages): Faces {
  return {
    request: (request, response) => {
      if (!pages.serve(request, response)) response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
    },
    upgrade: (_request, socket) => {
      socket.destroy();
    },
    http2: (socket) => {
      socket.destroy();
    },
  };
}

function tlsPaths(tls: NonNullable<ServeClientsOptions['tls']>): TlsPaths {
  const { cert, key, trustedCa } = tls;
  return trustedCa === undefined ? { cert, key } : { cert, key, ca: trustedCa };
}

function tlsFor(url: URL, tls: ListenerTls | undefined): ListenerTls | undefined {
  if (url.protocol === 'http:') return undefined;
  if (tls === undefined) throw new ConfigError(`cannot listen on ${url.origin}: --cert-file and --key-file are not given`);
  return tls;
}
