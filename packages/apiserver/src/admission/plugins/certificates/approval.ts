import { statusErrors } from '@flotilla/api';
import type { Authorizer } from '../../../auth/authorizers/authorizer.js';
import type { AdmissionPlugin } from '../../admission.js';
import { isSigningRequest, maySigner, signerOf } from './signing-request.js';

/** Who approves a certificate has to have `approve` on its signer, beside the right to the subresource. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (request) => isSigningRequest(request) && request.operation === 'UPDATE' && request.subresource === 'approval',
    async validate({ user, old, definition, name }) {
      const signer = signerOf(old);
      if (await maySigner(user, 'approve', signer, authorizer)) return;
      const why = `user not permitted to approve requests with signerName ${JSON.stringify(signer)}`;
      throw statusErrors.forbidden({ group: definition.group, resource: definition.plural }, name, why);
    },
  };
}
