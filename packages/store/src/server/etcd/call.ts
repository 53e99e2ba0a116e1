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
  end(): void;
  /** Ends the stream with an error. */
  fail(error: unknown): void;
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
