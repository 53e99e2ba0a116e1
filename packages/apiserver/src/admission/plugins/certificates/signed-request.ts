import { type CertificateSigningRequest, invalid, statusErrors } from '@flotilla/api';
import type { AdmissionPlugin } from '../../admission.js';
import { parsePkcs10 } from './pkcs10.js';
import { isSigningRequest } from './signing-request.js';

/** Refuses what is no PKCS #10 request, or not signed by the key that it is about. Always on: it is validation, with cryptography. */
export function certificateSignedRequest(): AdmissionPlugin {
  return {
    name: 'CertificateSignedRequest',
    handles: (request) => isSigningRequest(request) && request.operation === 'CREATE' && request.subresource === '',
    validate({ object, definition, name }) {
      const { request } = (object as unknown as CertificateSigningRequest).spec; // the definition says so, and it has been validated
      const problem = problemOf(Buffer.from(request, 'base64').toString('latin1'));
      if (problem === undefined) return;
      throw statusErrors.invalid(definition, name, [invalid('spec.request', request, problem)]);
    },
  };
}

function problemOf(pem: string): string | undefined {
  try {
    return parsePkcs10(pem).signatureProblem();
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
