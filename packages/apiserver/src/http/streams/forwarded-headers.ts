import type { Request } from '../message.js';

/** Headers that are about one connection, and those by which the client proves to us, not to the target, who it is. */
const notForwarded =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|authorization|impersonate-.*)$/;

/** @param name in lower case */
export function isForwarded(name: string): boolean {
  return !notForwarded.test(name);
}

/** What a target is told of a request. */
export function forwardedHeaders({ headers, socket }: Request): Record<string, string | string[]> {
  const told: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && isForwarded(name)) told[name] = value;
  }
  told['x-forwarded-for'] = socket.remoteAddress ?? '';
  return told;
}
