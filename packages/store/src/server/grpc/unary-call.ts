import type { Operation } from '../etcd/call.js';
import { grpcCodes } from '../etcd/errors.js';
import type { Wire } from '../etcd/wire.js';
import type { GrpcRequest } from './grpc-request.js';
import type { Stream } from './http2/stream.js';
import { type CallContext, IncomingCall } from './incoming-call.js';
import type { UnaryMethod } from './methods.js';
import { encodeFramed } from './protobuf/encode.js';
import { GrpcError, okTrailers, responseHeaders } from './status.js';

/** A call of one message and one answer. */
export class UnaryCall extends IncomingCall {
  readonly #operation: Operation;
  #begun = false;

  constructor(context: CallContext, stream: Stream, request: GrpcRequest, method: UnaryMethod) {
    super(context, stream, request, method);
    this.#operation = method.unary;
  }

  protected onMessage(message: Wire): void {
    if (this.#begun) return; // Go's server overlooks further messages too
    this.#begun = true;
    this.#run(message);
  }

  async #run(message: Wire): Promise<void> {
    this.stream.workBegun();
    try {
      const response = await this.#operation(this.call, message);
      if (!this.stream.ended) this.stream.answer(responseHeaders, encodeFramed(this.responseType, response), okTrailers);
    } catch (error) {
      if (!this.stream.ended) this.fail(error);
    } finally {
      this.stream.workEnded();
    }
  }

  protected onRequestsEnded(): void {
    if (!this.#begun) throw new GrpcError(grpcCodes.unknown, 'unexpected EOF');
  }

  protected onClosed(): void {}

  drained(): void {}
}
