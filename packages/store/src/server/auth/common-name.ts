import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** @returns the common name of the client's certificate, where the listener has checked one */
export function commonNameOf(socket: Duplex): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN: names } = socket.getPeerCertificate().subject ?? {};
  return Array.isArray(names) ? names.at(-1) : names; // the last one counts, as for Go's servers
}
