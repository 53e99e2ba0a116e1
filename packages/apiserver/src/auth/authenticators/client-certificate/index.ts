import type { Socket } from 'node:net';
import { statusErrors } from '@flotilla/api';
import type { Clock } from '@flotilla/base';
import { authenticatedGroup, credentialIdKey, type UserInfo } from '../../user-info.js';
import type { Authenticator } from '../authenticator.js';
import { type Authorities, type PeerCertificate, peerCertificate } from '../peer-certificate.js';

/**
 * A certificate signed by `--client-ca-file`: the common name is the user, the organizations are the groups.
 * @param used told at each request for how many seconds its certificate is still valid
 */
export function clientCertificateAuthenticator(
  isOurs: Authorities,
  clock: Pick<Clock, 'wallMs'>,
  used: (remainingSeconds: number) => void = () => undefined,
): Authenticator {
  // One user a connection, so that others can remember what they found out about it.
  const users = new WeakMap<Socket, { readonly user: UserInfo; readonly notAfterMs: number }>();
  const known = (socket: Socket) => {
    const found = users.get(socket);
    if (found !== undefined) return found;
    const certificate = peerCertificate(socket);
    if (certificate === 'none') return undefined;
    if (certificate === 'invalid' || !isOurs(certificate)) throw statusErrors.unauthorized();
    const one = { user: userOf(certificate), notAfterMs: certificate.notAfterMs };
    users.set(socket, one);
    return one;
  };
  return {
    name: 'x509',
    authenticate({ request }) {
      const found = known(request.socket);
      if (found === undefined) return undefined;
      const remainingMs = found.notAfterMs - clock.wallMs();
      used(remainingMs / 1_000);
      // A connection may last longer than what opened it.
      if (remainingMs < 0) throw statusErrors.unauthorized();
      return found.user;
    },
  };
}

function userOf({ commonName, organizations, fingerprint }: PeerCertificate): UserInfo {
  return {
    username: commonName,
    uid: '',
    groups: [...organizations, authenticatedGroup],
    extra: { [credentialIdKey]: [`X509SHA256=${fingerprint}`] },
  };
}
