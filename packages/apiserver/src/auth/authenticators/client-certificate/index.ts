import { statusErrors } from '@flotilla/api';
import { authenticatedGroup, credentialIdKey } from '../../user-info.js';
import type { Authenticator } from '../authenticator.js';
import { type Authorities, peerCertificate } from '../peer-certificate.js';

/** A certificate signed by `--client-ca-file`: the common name is the user, the organizations are the groups. */
export function clientCertificateAuthenticator(isOurs: Authorities): Authenticator {
  return {
    name: 'x509',
    authenticate({ request }) {
      const certificate = peerCertificate(request.socket);
      if (certificate === 'none') return undefined;
      if (certificate === 'invalid' || !isOurs(certificate)) throw statusErrors.unauthorized();
      const { commonName, organizations, fingerprint } = certificate;
      return {
        username: commonName,
        uid: '',
        groups: [...organizations, authenticatedGroup],
        extra: { [credentialIdKey]: [`X509SHA256=${fingerprint}`] },
      };
    },
  };
}
