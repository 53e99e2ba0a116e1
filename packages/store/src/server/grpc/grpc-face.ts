import type { Socket } from 'node:net';
import type { Clock, Logger } from '@flotilla/base';
import { commonNameOf } from '../auth/common-name.js';
import type { ClientService } from '../client-service.js';
import { checkGrpc, grpcRequest } from './grpc-request.js';
import { Http2Connection } from './http2/connection.js';
import { connectionUnsentBytesMax, goAwayGraceMs } from './http2/limits.js';
import type { RequestHead } from './http2/request-head.js';
import type { Stream, StreamListener } from './http2/stream.js';
import type { CallContext } from './incoming-call.js';
import { LeaderMonitor } from './leader-monitor.js';
import { Methods } from './methods.js';
import { OutputTurns, SocketOutput } from './socket-output.js';
import { errorAlone } from './status.js';
import { StreamCall } from './stream-call.js';
import { UnaryCall } from './unary-call.js';

export interface GrpcFace {
  /** Takes a connection that is about to speak HTTP/2; nothing may have been read from it. */
  accept(socket: Socket): void;
  /** Lets the calls under way finish, for a while. */
  close(): Promise<void>;
}

/**
 * etcd v3 gRPC on connections that the listener recognised as HTTP/2.
 * @param electionMs how long an election takes: clients that want a leader learn in a few of these that there is none
 */
export function createGrpcFace(service: ClientService, clock: Clock, log: Logger, electionMs: number): GrpcFace {
  return new Face(service, clock, log, electionMs);
}

class Face implements GrpcFace {
  readonly #shared: Omit<CallContext, 'commonName'>;
  readonly #methods: Methods;
  readonly #turns: OutputTurns;
  readonly #connections = new Map<Socket, Http2Connection>();
  #closing = false;

  constructor(service: ClientService, clock: Clock, log: Logger, electionMs: number) {
    const hasLeader = () => service.member.status().leader !== 0n;
    const leaderMonitor = new LeaderMonitor(hasLeader, clock, electionMs);
    this.#shared = { service, clock, log, streams: new Set(), leaderMonitor };
    this.#methods = new Methods(service.metrics.calls);
    this.#turns = new OutputTurns(service.metrics.grpcTraffic);
  }

  accept(socket: Socket): void {
    if (this.#closing) {
      socket.destroy();
      return;
    }
    const { clock, log, service } = this.#shared;
    const { grpcTraffic } = service.metrics;
    const output = new SocketOutput(socket, this.#turns);
    const context = { ...this.#shared, commonName: commonNameOf(socket) };
    const connection = new Http2Connection({
      output,
      monotonicMs: () => clock.monotonicMs(),
      onRequest: (stream, head) => this.#open(context, stream, head),
      onError: (error) => log.debug({ err: error, peer: socket.remoteAddress }, 'client broke HTTP/2'),
    });
    this.#connections.set(socket, connection);
    socket.on('data', (chunk: Buffer) => {
      grpcTraffic.receivedBytes += chunk.length;
      connection.receive(chunk);
      if (output.unsentBytes > connectionUnsentBytesMax) socket.pause();
    });
    socket.on('drain', () => {
      connection.drain();
      socket.resume();
    });
    socket.on('close', () => {
      this.#connections.delete(socket);
      connection.abandon();
    });
    socket.resume();
  }

  #open(context: CallContext, stream: Stream, head: RequestHead): StreamListener | undefined {
    try {
      checkGrpc(head);
      const method = this.#methods.find(head.path);
      const request = grpcRequest(head.headers);
      if ('unary' in method) return new UnaryCall(context, stream, request, method);
      return new StreamCall(context, stream, request, method);
    } catch (error) {
      stream.end(errorAlone(error, context.log));
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const call of [...this.#shared.streams]) call.stop();
    for (const connection of this.#connections.values()) connection.leave();
    await this.#allLeft();
    for (const socket of this.#connections.keys()) socket.destroy();
  }

  #allLeft(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#shared.clock.after(goAwayGraceMs, resolve);
      const check = () => {
        if (this.#connections.size > 0) return;
        cancel();
        resolve();
      };
      for (const socket of this.#connections.keys()) socket.once('close', check);
      check();
    });
  }
}
