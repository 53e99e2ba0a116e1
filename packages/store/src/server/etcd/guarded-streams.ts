import { isStoreError, storeErrors } from '@flotilla/mvcc';
import { earlyRequestsMax } from '../limits.js';
import type { StreamOperation, StreamSession, StreamSink } from './call.js';
import type { Wire } from './wire.js';

/**
 * The stream, begun when this member can tell whose it is: its token may be so new that the log has yet to bring it here.
 * A session may then ask `AuthService.userNow`.
 */
export function onceKnown(open: StreamOperation): StreamOperation {
  return (call, sink, clock) => {
    const { auth } = call.service;
    if (auth.mayKnow(call.caller)) return open(call, sink, clock);
    const waiting = new WaitingSession(sink);
    const begin = () => waiting.begin(open(call, sink, clock));
    // A token that is nobody's is for the session to refuse, in its own way.
    auth.user(call.caller).then(begin, (error: unknown) => (isStoreError(error, 'unauthenticated') ? begin() : sink.fail(error)));
    return waiting;
  };
}

/** The stream, for users with the root role alone, once users have to sign in. */
export function streamForRoot(open: StreamOperation): StreamOperation {
  return (call, sink, clock) => {
    const { auth } = call.service;
    if (!auth.enabled) return open(call, sink, clock);
    const waiting = new WaitingSession(sink);
    auth.requireRoot(call.caller).then(
      () => waiting.begin(open(call, sink, clock)),
      (error: unknown) => sink.fail(error),
    );
    return waiting;
  };
}

/** Keeps what the client says before the session begins. */
class WaitingSession implements StreamSession {
  readonly #sink: StreamSink;
  readonly #early: Wire[] = [];
  #session: StreamSession | undefined;
  #ended = false;
  #closed = false;

  constructor(sink: StreamSink) {
    this.#sink = sink;
  }

  begin(session: StreamSession): void {
    this.#session = session;
    if (this.#closed) {
      session.close();
      return;
    }
    try {
      for (const message of this.#early.splice(0)) session.request(message);
    } catch (error) {
      this.#sink.fail(error);
    }
    if (this.#ended) session.requestsEnded();
  }

  request(message: Wire): void {
    if (this.#session !== undefined) this.#session.request(message);
    else if (this.#early.length < earlyRequestsMax) this.#early.push(message);
    else throw storeErrors.tooManyRequests();
  }

  drained(): void {
    this.#session?.drained();
  }

  requestsEnded(): void {
    this.#ended = true;
    this.#session?.requestsEnded();
  }

  close(): void {
    this.#closed = true;
    this.#session?.close();
  }
}
