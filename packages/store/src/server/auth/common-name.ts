import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Caller } from '../caller.js';

/** What a connection tells of its client: the common name of the certificate, when an authority of ours vouches for it. */
export function callerOn(socket: Duplex): Caller {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return {};
  const names: unknown = socket.getPeerCertificate().subject?.CN;
  const commonName: unknown = Array.isArray(names) ? names.at(-1) : names; // the last one counts, as for Go's servers
  return typeof commonName === 'string' ? { commonName } : {};
}
