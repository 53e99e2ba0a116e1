import type { Header } from './hpack-decoder.js';

/** The head of a request: its pseudo-headers, and the others in the order they came. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly Header[];
}

/** RFC 9113 §8.2.2. */
const forbidden = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
const pseudoHeaders = new Set([':method', ':scheme', ':authority', ':path']);

/** @returns undefined for a malformed request (RFC 9113 §8.1.1, §8.3); `:authority` may be anything, as for Go's servers */
export function requestHead(headers: readonly Header[]): RequestHead | undefined {
  const pseudo = new Map<string, string>();
  for (const { name, value, wellFormed } of headers) {
    if (!name.startsWith(':')) break;
    if (!wellFormed || !pseudoHeaders.has(name) || pseudo.has(name)) return undefined;
    pseudo.set(name, value);
  }
  const rest = headers.slice(pseudo.size);
  if (!rest.every(isField)) return undefined;
  const method = pseudo.get(':method');
  const path = pseudo.get(':path');
  if (method === undefined || path === undefined || path === '' || !pseudo.has(':scheme')) return undefined;
  return { method, path, headers: rest };
}

/** @returns whether `headers` may follow a request's body */
export function areTrailers(headers: readonly Header[]): boolean {
  return headers.every(isField);
}

function isField({ name, value, wellFormed }: Header): boolean {
  return wellFormed && !name.startsWith(':') && !forbidden.has(name) && (name !== 'te' || value === 'trailers');
}

export function findHeader(headers: readonly Header[], name: string): string | undefined {
  return headers.find((header) => header.name === name)?.value;
}
