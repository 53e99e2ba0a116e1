import type { Cancel, Clock, Logger } from '@flotilla/base';
import { storeErrors } from '@flotilla/mvcc';
import type { ClientService } from '../client-service.js';
import type { Call } from '../etcd/call.js';
import { grpcCodes } from '../etcd/errors.js';
import type { Wire } from '../etcd/wire.js';
import { messageSlackBytes } from '../limits.js';
import { CallSignal } from './call-signal.js';
import type { GrpcRequest } from './grpc-request.js';
import type { Stream, StreamListener } from './http2/stream.js';
import type { LeaderMonitor } from './leader-monitor.js';
import { MessageReader } from './message-reader.js';
import { DecodeError, decodeMessage } from './protobuf/decode.js';
import type { MethodType } from './protobuf/schema.js';
import { errorAlone, errorTrailers, GrpcError } from './status.js';

/** What all calls of one connection share. */
export interface CallContext {
  readonly service: ClientService;
  readonly clock: Clock;
  readonly log: Logger;
  /** Calls that end only when a side wants it; on all connections. */
  readonly streams: Set<{ stop(): void }>;
  readonly leaderMonitor: LeaderMonitor;
  /** Of the client's certificate. */
  readonly commonName: string | undefined;
}

/** One call under way: reads its messages, minds its deadline, ends it with a status. */
export abstract class IncomingCall implements StreamListener {
  protected readonly call: Call;
  protected readonly stream: Stream;
  protected readonly context: CallContext;
  /** The head of the answer is sent. */
  protected responded = false;
  readonly #type: MethodType;
  readonly #signal = new CallSignal();
  readonly #reader: MessageReader;
  readonly #cancelDeadline: Cancel | undefined;
  #missingBytes = 0;

  /** @throws StoreError when the client wants a leader and there is none */
  constructor(context: CallContext, stream: Stream, request: GrpcRequest, type: MethodType) {
    const { service, clock, commonName } = context;
    const { token, encoding, timeoutMs, requiresLeader } = request;
    if (requiresLeader && service.member.status().leader === 0n) throw storeErrors.noLeader();
    this.context = context;
    this.stream = stream;
    this.#type = type;
    const caller = { ...(token !== undefined && { token }), ...(commonName !== undefined && { commonName }) };
    this.call = { service, caller, signal: this.#signal };
    const bytesMax = service.requestBytesMax + messageSlackBytes;
    this.#reader = new MessageReader(bytesMax, encoding, (message) => this.onMessage(this.#decode(message)));
    this.#cancelDeadline = timeoutMs === undefined ? undefined : clock.after(timeoutMs, () => this.#expire());
  }

  /** The client sent a message. What it throws ends the call. */
  protected abstract onMessage(message: Wire): void;

  /** The client sends no more messages. */
  protected abstract onRequestsEnded(): void;

  /** The call is over, whoever ended it. */
  protected abstract onClosed(): void;

  abstract drained(): void;

  data(bytes: Buffer): number {
    this.#guard(() => {
      this.#missingBytes = this.#reader.push(bytes);
    });
    return this.#missingBytes;
  }

  end(): void {
    this.#guard(() => {
      if (this.#missingBytes > 0) throw new GrpcError(grpcCodes.unknown, 'unexpected EOF');
      this.onRequestsEnded();
    });
  }

  closed(): void {
    this.#cancelDeadline?.();
    this.#signal.abort();
    this.onClosed();
  }

  protected fail(error: unknown): void {
    const { log } = this.context;
    this.stream.end(this.responded ? errorTrailers(error, log) : errorAlone(error, log));
  }

  protected get responseType(): MethodType['response'] {
    return this.#type.response;
  }

  #guard(work: () => void): void {
    if (this.stream.ended) return;
    try {
      work();
    } catch (error) {
      this.#missingBytes = 0;
      this.fail(error);
    }
  }

  #decode(message: Buffer): Wire {
    try {
      return decodeMessage(this.#type.request, message);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new GrpcError(grpcCodes.internal, `grpc: error unmarshalling request: ${error.message}`);
    }
  }

  #expire(): void {
    this.fail(new GrpcError(grpcCodes.deadlineExceeded, 'context deadline exceeded'));
  }
}
