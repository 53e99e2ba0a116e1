import { encodeSnapshot } from '../../snapshot/encode-snapshot.js';
import type { Call, StreamOperation, StreamSession, StreamSink } from './call.js';
import { asBuffer } from './responses.js';

export const snapshot: StreamOperation = (call, sink) => new SnapshotSession(call, sink);

/** Sends this member's state as a snapshot file, no faster than the client takes it. */
class SnapshotSession implements StreamSession {
  readonly #call: Call;
  readonly #sink: StreamSink;
  #begun = false;
  #closed = false;
  #resume = () => {};

  constructor(call: Call, sink: StreamSink) {
    this.#call = call;
    this.#sink = sink;
  }

  request(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#send().then(
      () => this.#closed || this.#sink.end(),
      (error: unknown) => this.#closed || this.#sink.fail(error),
    );
  }

  drained(): void {
    this.#resume();
  }

  requestsEnded(): void {}

  close(): void {
    this.#closed = true;
    this.#resume();
  }

  async #send(): Promise<void> {
    const { service } = this.#call;
    const stop = service.metrics.snapshot.startTimer();
    const { contentBytes, blobs } = await encodeSnapshot(service.member);
    let remaining = contentBytes;
    for await (const blob of blobs) {
      if (this.#closed) return; // leaving the loop lets go of the state
      remaining = Math.max(0, remaining - blob.length); // the digest is not counted: etcd's is not
      const message = { remaining_bytes: String(remaining), blob: asBuffer(blob) };
      if (this.#sink.send(message)) continue;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    stop();
  }
}
