import type { CertificateSigningRequest } from '@flotilla/api';
import type { Authorizer } from '../../../auth/authorizers/authorizer.js';
import type { UserInfo } from '../../../auth/user-info.js';
import type { AdmissionRequest } from '../../admission.js';

const group = 'certificates.k8s.io';

export function isSigningRequest({ definition }: AdmissionRequest): boolean {
  return definition.group === group && definition.plural === 'certificatesigningrequests';
}

export function signerOf(object: unknown): string {
  return (object as CertificateSigningRequest).spec.signerName; // the definition says so, and it has been validated
}

/** Whether the user has the verb on the signer itself, or on all of its domain: `example.org/*`. */
export async function maySigner(
  user: UserInfo,
  verb: 'approve' | 'sign',
  signer: string,
  authorizer: Authorizer,
): Promise<boolean> {
  const [domain = ''] = signer.split('/');
  for (const name of [signer, `${domain}/*`]) {
    const decision = await authorizer.authorize({
      ...{ user, verb, name, apiGroup: group, apiVersion: '*', resource: 'signers', subresource: '', namespace: '' },
      ...{ isResourceRequest: true, path: '', fieldSelector: '' },
    });
    if (decision.verdict === 'allow') return true;
  }
  return false;
}
