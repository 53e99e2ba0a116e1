import type { AbortSignalLike, Clock } from '@flotilla/base';
import type { Caller } from '../caller.js';
import type { ClientService } from '../client-service.js';
import type { Wire } from './wire.js';

/** One request under way. */
export interface Call {
  readonly service: ClientService;
  readonly caller: Caller;
  /** Aborts when the client gives up. */
  readonly signal?: AbortSignalLike;
}

/** One of etcd's unary calls, on messages in wire form. @throws StoreError */
export type Operation = (call: Call, request: Wire) => Promise<Wire> | Wire;

/** Where a stream's answers go. */
export interface StreamSink {
  /** @returns false: send no more until `drained` is called */
  send(message: Wire): boolean;
  /** Sends several messages, each with fields of its own, and `shared` besides; as `send` otherwise. */
  sendEach(own: readonly Wire[], shared: Wire): boolean;
  end(): void;
  /** Ends the stream with an error. */
  fail(error: unknown): void;
}

/** `sendEach` of a sink to which it makes no difference what its messages share. */
export function oneByOne(send: StreamSink['send']): StreamSink['sendEach'] {
  return (own, shared) => own.map((message) => send({ ...shared, ...message })).every((room) => room);
}

/** One stream under way: what a face tells it. */
export interface StreamSession {
  /** The client sent a message. A `StoreError` thrown ends the stream with it. */
  request(message: Wire): void;
  /** The sink has room again. */
  drained(): void;
  /** The client sends no more; answers may go on. */
  requestsEnded(): void;
  /** The stream is over, whoever ended it. */
  close(): void;
}

/** One of etcd's streaming calls. */
export type StreamOperation = (call: Call, sink: StreamSink, clock: Clock) => StreamSession;
