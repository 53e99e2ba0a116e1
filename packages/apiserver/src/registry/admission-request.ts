import type { Definition } from '@flotilla/api';
import type { AdmissionRequest } from '../admission/admission.js';
import type { Target } from './registry.js';

/** What a verb knows of a request beyond whom and what it is about. */
type Particulars = Pick<AdmissionRequest, 'operation' | 'kind' | 'object' | 'old' | 'dryRun' | 'options'>;

/** A request as admission sees it: whose it is and what it is about come from the request itself. */
export function admissionRequest(
  definition: Definition,
  { subresource = '', namespace = '', name = '', user, signal, notes }: Target & { readonly name?: string | undefined },
  { operation, kind, object, old, dryRun, options }: Particulars,
): AdmissionRequest {
  return { operation, definition, subresource, kind, namespace, name, user, object, old, dryRun, options, signal, notes };
}
