import { type CertificateSigningRequest, equalJson, statusErrors } from '@flotilla/api';
import type { Authorizer } from '../../../auth/authorizers/authorizer.js';
import type { AdmissionPlugin } from '../../admission.js';
import { isSigningRequest, maySigner, signerOf } from './signing-request.js';

/** Who issues a certificate, or says that it failed, has to have `sign` on its signer. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: (request) => isSigningRequest(request) && request.operation === 'UPDATE' && request.subresource === 'status',
    async validate({ user, object, old, definition, name }) {
      if (sameOutcome(object as unknown as CertificateSigningRequest, old as CertificateSigningRequest)) return; // the definition says so
      const signer = signerOf(old);
      if (await maySigner(user, 'sign', signer, authorizer)) return;
      const why = `user not permitted to sign requests with signerName ${JSON.stringify(signer)}`;
      throw statusErrors.forbidden({ group: definition.group, resource: definition.plural }, name, why);
    },
  };
}

function sameOutcome(now: CertificateSigningRequest, before: CertificateSigningRequest): boolean {
  const failed = ({ status }: CertificateSigningRequest) => status?.conditions?.find(({ type }) => type === 'Failed');
  return now.status?.certificate === before.status?.certificate && equalJson(failed(now) ?? null, failed(before) ?? null);
}
