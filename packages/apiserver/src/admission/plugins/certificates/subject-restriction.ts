import { type CertificateSigningRequest, statusErrors } from '@flotilla/api';
import { systemMasters } from '../../../auth/user-info.js';
import type { AdmissionPlugin } from '../../admission.js';
import { parsePkcs10 } from './pkcs10.js';
import { isSigningRequest, signerOf } from './signing-request.js';

const apiServerClient = 'kubernetes.io/kube-apiserver-client';

/** No approver, however hasty, makes an administrator whom nothing can hold back. */
export function certificateSubjectRestriction(): AdmissionPlugin {
  return {
    name: 'CertificateSubjectRestriction',
    handles: (request) => isSigningRequest(request) && request.operation === 'CREATE' && request.subresource === '',
    validate({ object, definition, name }) {
      if (signerOf(object) !== apiServerClient) return;
      const resource = { group: definition.group, resource: definition.plural };
      const { request } = (object as unknown as CertificateSigningRequest).spec; // the definition says so, and it has been validated
      const { organizations } = parsePkcs10(Buffer.from(request, 'base64').toString('latin1')); // it has been parsed once already
      if (!organizations.includes(systemMasters)) return;
      throw statusErrors.forbidden(resource, name, `use of ${apiServerClient} signer with ${systemMasters} group is not allowed`);
    },
  };
}
