import type { StoreError, WatchRequest, WatchResponse } from '@flotilla/mvcc';

/** PEM texts. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
}

/** A request under way. Its id, and those of watches, are unique within a store client. */
export interface Outgoing<Request> {
  readonly id: number;
  readonly request: Request;
  /** What it counts against the bytes that may be pending. */
  readonly bytes: number;
  /** May change the store: once sent, it is never sent again unless the member says that it was not executed. */
  readonly write: boolean;
}

/** One connection to one member, as a driver makes it; what comes of it is told by `MemberEvents`, later than the call. */
export interface MemberConnection<Request> {
  send(outgoing: Outgoing<Request>): void;
  /** Nobody waits for this answer any more. */
  abandon(id: number): void;
  createWatch(id: number, request: WatchRequest): void;
  /** So many bytes of this watch's responses have been consumed. The member may run `watchWindowBytes` ahead, no more. */
  acknowledge(id: number, bytes: number): void;
  requestProgress(id: number): void;
  cancelWatch(id: number): void;
  close(): void;
}

export interface MemberEvents<Answer> {
  opened(): void;
  /** The member works: it has answered something, if only a question whether it is there. */
  alive(): void;
  answered(id: number, answer: Answer): void;
  /** `unavailable`: not executed, or a read; it is sent again. Everything else is final. */
  failed(id: number, error: StoreError): void;
  watchCreated(id: number, revision: number): void;
  /** All events of one revision, or none: everything up to that revision has been told. */
  watchResponse(id: number, response: WatchResponse, bytes: number): void;
  watchEnded(id: number, error: StoreError): void;
  /** It takes no more requests, and its watches have ended; answers may still come. */
  leaving(reason: string): void;
  /** Once, also when it never opened. Nothing follows. */
  closed(reason: string): void;
}

/** @param tls none: in the clear */
export type Connect<Request, Answer> = (
  endpoint: string,
  tls: TlsMaterial | undefined,
  events: MemberEvents<Answer>,
) => MemberConnection<Request>;
