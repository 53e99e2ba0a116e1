import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** A request, as HTTP/1.1 and HTTP/2 have it in common. Its body is what can be read of it. */
export interface Request extends Readable {
  readonly httpVersionMajor: number;
  readonly method?: string | undefined;
  /** Path and query. */
  readonly url?: string | undefined;
  /** By names in lower case, without the pseudo-header fields of HTTP/2. */
  readonly headers: IncomingMessage['headers'];
  readonly headersDistinct: IncomingMessage['headersDistinct'];
  /** Whether all of it has come. */
  readonly complete: boolean;
  /** Always the same for requests of one connection. */
  readonly socket: Socket;
}

/** An answer, as HTTP/1.1 and HTTP/2 have it in common. To destroy it tells the client that what came is not all. */
export interface Response extends Writable {
  readonly req: Request;
  statusCode: number;
  readonly headersSent: boolean;
  /** Of HTTP/1.1: the body is framed in chunks on `socket`. */
  readonly chunkedEncoding?: boolean;
  readonly socket: Socket | null;
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  writeHead(statusCode: number): this;
  flushHeaders(): void;
}

/** Whether something follows the headers. */
export function hasBody(request: Request): boolean {
  const { headers } = request;
  if (request.httpVersionMajor === 2) return !request.complete;
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}
