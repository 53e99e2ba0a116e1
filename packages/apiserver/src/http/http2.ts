import {
  constants,
  createServer,
  Http2ServerRequest,
  Http2ServerResponse,
  type Http2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { ReadableOptions } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { defined, type Random } from '@flotilla/base';
import { headerBytesMax, headerFieldsMax, lingerMs, resetWaitMs, sessionMemoryMebibytes, streamWindowBytes } from '../limits.js';
import type { Request, Response } from './message.js';

export interface Http2Options {
  /** `--http2-max-streams-per-connection` */
  readonly maxStreams: number;
  /** `--goaway-chance`: how likely a request is the last of its connection, so that clients spread over API servers anew. */
  readonly goawayChance: number;
  /** Connections without requests are closed after this time. */
  readonly idleMs: number;
  readonly random: Random;
  answer(request: Request, response: Response): void;
}

/** HTTP/2 (RFC 9113) on connections whose client has chosen it in the handshake. */
export interface Http2Server {
  take(socket: TLSSocket): void;
  /** Tells clients to go elsewhere; requests under way may finish. */
  close(): void;
  destroy(): void;
}

/** What a session shows of its socket is gone when the connection is; this is not. */
const sockets = new WeakMap<Http2Session, TLSSocket>();

export function createHttp2Server({ maxStreams, goawayChance, idleMs, random, answer }: Http2Options): Http2Server {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({
    Http2ServerRequest: MultiplexedRequest,
    Http2ServerResponse: MultiplexedResponse,
    settings: {
      maxConcurrentStreams: maxStreams,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: headerBytesMax,
      enablePush: false,
    },
    maxHeaderListPairs: headerFieldsMax,
    maxSessionMemory: sessionMemoryMebibytes,
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setLocalWindowSize(streamWindowBytes * maxStreams);
    let open = 0;
    session.on('stream', (stream) => {
      open += 1;
      stream.once('close', () => {
        open -= 1;
      });
    });
    // A watch may be silent for as long as it likes.
    session.setTimeout(idleMs);
    session.on('timeout', () => {
      if (open === 0) session.close();
    });
  });
  server.on('request', (request: MultiplexedRequest, response: MultiplexedResponse) => {
    const { stream } = request;
    stream.once('finish', () => throwAway(request));
    if (goawayChance > 0 && random.next() < goawayChance) stream.session?.close();
    answer(request, response as unknown as Response); // more of a Writable than its class says
  });
  return {
    take(socket) {
      server.once('session', (session) => sockets.set(session, socket));
      server.emit('connection', socket);
    },
    close() {
      for (const session of sessions) session.close();
    },
    destroy() {
      for (const session of sessions) sockets.get(session)?.destroy();
    },
  };
}

/**
 * What has not been read of a request that is answered: nobody wants it. A client that goes on sending is told to stop (RFC 9113 §8.1), but not
 * at once, for that would overtake the end of the answer, and clients of Go would take it for broken.
 */
function throwAway(request: MultiplexedRequest): void {
  const { stream } = request;
  if (!request.complete) {
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), lingerMs);
    stream.once('close', () => clearTimeout(timer));
    request.resume();
  }
  stream.resume(); // Node.js resets a stream that was never read
}

/** The answer that is under way is the last on its connection: others that are under way may finish, and new ones go elsewhere. */
export function goaway(request: Request): void {
  if (request instanceof MultiplexedRequest) request.stream.session?.close();
}

/** One of the requests of a connection, with the members that `Request` has of HTTP/1.1. */
class MultiplexedRequest extends Http2ServerRequest {
  override readonly headers: IncomingHttpHeaders;
  readonly headersDistinct: NodeJS.Dict<string[]>;
  override complete: boolean;
  override readonly socket: Socket;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, options: ReadableOptions, rawHeaders: readonly string[]) {
    super(stream, headers, options, rawHeaders);
    this.headers = Object.create(null);
    for (const name in headers) if (!name.startsWith(':')) this.headers[name] = headers[name];
    this.headers.host ??= headers[':authority'];
    this.headersDistinct = distinct(rawHeaders);
    this.complete = stream.endAfterHeaders;
    this.once('end', () => {
      this.complete = true;
    });
    const session = defined(stream.session, 'a stream begins in a session');
    this.socket = defined(sockets.get(session), 'the session of a socket that was taken');
  }
}

function distinct(rawHeaders: readonly string[]): NodeJS.Dict<string[]> {
  const all: NodeJS.Dict<string[]> = Object.create(null);
  rawHeaders.forEach((name, i) => {
    if (i % 2 === 1 || name.startsWith(':')) return;
    const value = rawHeaders[i + 1] ?? '';
    const values = all[name];
    if (values === undefined) all[name] = [value];
    else values.push(value);
  });
  return all;
}

/** Its answer, which knows when its stream is gone. */
class MultiplexedResponse extends Http2ServerResponse<MultiplexedRequest> {
  override destroyed = false;

  constructor(stream: ServerHttp2Stream) {
    super(stream);
    stream.prependOnceListener('close', () => {
      this.destroyed = true;
    });
  }

  /** The other answers of the connection go on, unless its client reads nothing at all. */
  override destroy(): this {
    this.destroyed = true;
    const { stream } = this;
    if (stream.destroyed) return this;
    const timer = setTimeout(() => this.req.socket.destroy(), resetWaitMs);
    stream.once('close', () => clearTimeout(timer));
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return this;
  }
}
