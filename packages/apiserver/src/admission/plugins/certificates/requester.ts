import type { CertificateSigningRequest, Draft } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';
import { isSigningRequest } from './signing-request.js';

/** Says in every CertificateSigningRequest who asks for it, whatever the request says: approvers and signers rely on it. Always on. */
export function certificateRequester(): AdmissionPlugin {
  return {
    name: 'CertificateRequester',
    handles: (request) => isSigningRequest(request) && request.operation === 'CREATE',
    mutate({ object, user }) {
      const draft = object as Draft<CertificateSigningRequest>; // the definition says so
      draft.spec ??= {};
      const { username, uid, groups, extra } = user;
      const { username: _name, uid: _uid, groups: _groups, extra: _extra, ...asked } = draft.spec;
      draft.spec = {
        ...asked,
        username,
        ...(uid === '' ? {} : { uid }),
        groups: [...groups],
        ...(Object.keys(extra).length === 0
          ? {}
          : { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
      };
    },
  };
}
