import { type KubernetesObject, type StatusError, statusErrors } from '@flotilla/api';
import type { AdmissionRequest } from '../admission.js';

/** The answer to a request that a plugin does not let through. A name that is still to be generated is told by its beginning. */
export function refused(request: AdmissionRequest, why: string): StatusError {
  const { definition, name, object } = request;
  const meta: Partial<KubernetesObject['metadata']> | undefined = object?.metadata as KubernetesObject['metadata'] | undefined; // as decoded
  const told = name || meta?.name || meta?.generateName || 'Unknown';
  return statusErrors.forbidden({ group: definition.group, resource: definition.plural }, told, why);
}
