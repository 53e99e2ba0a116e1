import type { IncomingMessage } from 'node:http';

/** A request's path and query; the host means nothing. What begins with two slashes is a path as well, and what is no path is `/`. */
export function requestUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): URL {
  return new URL(`http://localhost${url.startsWith('/') ? url : '/'}`);
}
