import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { statusErrors } from '@flotilla/api';
import { authenticatedGroup, type UserInfo } from '../../user-info.js';
import type { Authenticator } from '../authenticator.js';

const credentialId = 'authentication.kubernetes.io/credential-id';

/** A certificate signed by `--client-ca-file`: the common name is the user, the organizations are the groups. */
export function clientCertificateAuthenticator(): Authenticator {
  // The handshake has verified the certificate, and it cannot change during the connection.
  const known = new WeakMap<Socket, UserInfo | 'none' | 'invalid'>();
  return {
    name: 'x509',
    authenticate({ request }) {
      let found = known.get(request.socket);
      if (found === undefined) {
        found = userOf(request.socket as TLSSocket); // the server listens with TLS only
        known.set(request.socket, found);
      }
      if (found === 'invalid') throw statusErrors.unauthorized();
      return found === 'none' ? undefined : found;
    },
  };
}

function userOf(socket: TLSSocket): UserInfo | 'none' | 'invalid' {
  const certificate = socket.getPeerCertificate?.();
  if (certificate === undefined || certificate === null || Object.keys(certificate).length === 0) return 'none';
  // Two common names come as a list, against the types.
  const { CN, O } = certificate.subject as { readonly CN?: unknown; readonly O?: string | readonly string[] };
  if (!socket.authorized || typeof CN !== 'string' || CN === '') return 'invalid';
  const organizations = O === undefined ? [] : typeof O === 'string' ? [O] : O;
  return {
    username: CN,
    uid: '',
    groups: [...organizations, authenticatedGroup],
    extra: { [credentialId]: [`X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`] },
  };
}
