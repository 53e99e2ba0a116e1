import type { Socket } from 'node:net';
import { statusErrors } from '@flotilla/api';
import { authenticatedGroup, credentialIdKey, type UserInfo } from '../../user-info.js';
import type { Authenticator } from '../authenticator.js';
import { type Authorities, peerCertificate } from '../peer-certificate.js';

/** A certificate signed by `--client-ca-file`: the common name is the user, the organizations are the groups. */
export function clientCertificateAuthenticator(isOurs: Authorities): Authenticator {
  // One user a connection, so that others can remember what they found out about it.
  const users = new WeakMap<Socket, UserInfo>();
  return {
    name: 'x509',
    authenticate({ request }) {
      const known = users.get(request.socket);
      if (known !== undefined) return known;
      const certificate = peerCertificate(request.socket);
      if (certificate === 'none') return undefined;
      if (certificate === 'invalid' || !isOurs(certificate)) throw statusErrors.unauthorized();
      const { commonName, organizations, fingerprint } = certificate;
      const user: UserInfo = {
        username: commonName,
        uid: '',
        groups: [...organizations, authenticatedGroup],
        extra: { [credentialIdKey]: [`X509SHA256=${fingerprint}`] },
      };
      users.set(request.socket, user);
      return user;
    },
  };
}
