import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from '../exchange.js';
import { isForwarded } from './forwarded-headers.js';

/** Another server's answer, of whose body nothing has been read. */
interface Answer {
  readonly statusCode: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

/** Gives the client another server's answer, as it comes. */
export function passBack(exchange: Exchange, { statusCode = 502, headers, body }: Answer): Promise<void> {
  const { response } = exchange;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && isForwarded(name)) response.setHeader(name, value);
  }
  response.writeHead(statusCode);
  response.flushHeaders();
  return pour(exchange, body);
}

/** A client that leaves closes the response, and that ends the other side too: no failure of anybody's. */
export async function pour({ response }: Exchange, body: Readable): Promise<void> {
  await pipeline(body, response).catch((error: unknown) => {
    if (!response.destroyed) throw error;
  });
}
