import type { Cancel } from '@flotilla/base';
import { storeErrors } from '@flotilla/mvcc';
import type { StreamSession } from '../etcd/call.js';
import type { Wire } from '../etcd/wire.js';
import type { GrpcRequest } from './grpc-request.js';
import type { Stream } from './http2/stream.js';
import { type CallContext, IncomingCall } from './incoming-call.js';
import type { StreamMethod } from './methods.js';
import { encodeEach, encodeFramed } from './protobuf/encode.js';
import { okAlone, okTrailers, responseHeaders } from './status.js';

/** A call of any number of messages and answers. */
export class StreamCall extends IncomingCall {
  #session: StreamSession | undefined;
  #closed = false;
  #forget: Cancel | undefined;

  constructor(context: CallContext, stream: Stream, request: GrpcRequest, method: StreamMethod) {
    super(context, stream, request, method);
    const sink = {
      send: (message: Wire) => this.#write(() => encodeFramed(this.responseType, message)),
      sendEach: (own: readonly Wire[], shared: Wire) => this.#write(() => encodeEach(this.responseType, own, shared)),
      end: () => stream.end(this.responded ? okTrailers : okAlone),
      fail: (error: unknown) => this.fail(error),
    };
    this.#session = method.stream(this.call, sink, context.clock);
    if (this.#closed) {
      this.#session.close(); // it ended the stream while it was opened
      return;
    }
    context.streams.add(this);
    if (request.requiresLeader) this.#forget = context.leaderMonitor.watch(() => this.fail(storeErrors.noLeader()));
  }

  #write(encode: () => Buffer): boolean {
    if (this.#closed || this.stream.ended) return true;
    const encoded = encode();
    if (!this.responded) this.stream.respond(responseHeaders);
    this.responded = true;
    return this.stream.write(encoded);
  }

  protected onMessage(message: Wire): void {
    this.#session?.request(message);
  }

  protected onRequestsEnded(): void {
    this.#session?.requestsEnded();
  }

  protected onClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.context.streams.delete(this);
    this.#forget?.();
    this.#session?.close();
  }

  drained(): void {
    this.#session?.drained();
  }

  /** The server is about to close. */
  stop(): void {
    this.fail(storeErrors.stopped());
  }

  protected override fail(error: unknown): void {
    super.fail(error);
    this.onClosed(); // the error may have to wait for answers before it; the session has no say any more
  }
}
