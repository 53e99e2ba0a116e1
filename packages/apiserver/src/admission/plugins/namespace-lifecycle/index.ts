import { type Namespace, StatusError, statusErrors } from '@flotilla/api';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../../admission.js';

/** Namespaces without which no cluster works. */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);
const namespaces = { group: '', plural: 'namespaces' } as const;

/** Nothing is created in a namespace that does not exist or is going away, and some namespaces never go. */
export function namespaceLifecycle(): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: ({ operation, definition }) =>
      operation === 'CREATE' ? definition.namespaced : operation === 'DELETE' && definition.storagePath === 'namespaces',

    async mutate(request, reads) {
      if (request.operation === 'CREATE') await checkExists(request, reads);
    },

    validate({ operation, name }) {
      if (operation !== 'DELETE' || !immortal.has(name)) return;
      throw statusErrors.forbidden({ group: '', resource: 'namespaces' }, name, 'this namespace may not be deleted');
    },
  };
}

async function checkExists(
  { namespace: name, definition, name: object }: AdmissionRequest,
  reads: AdmissionReads,
): Promise<void> {
  const cached = (await reads.cached(namespaces)).get('', name);
  // A namespace that this server has not heard of may just have been created through another.
  const found = (cached ?? (await reads.live(namespaces, '', name))) as Namespace | undefined; // read as one
  if (found === undefined) throw statusErrors.notFound({ group: '', resource: 'namespaces' }, name);
  if (found.metadata.deletionTimestamp === undefined && found.status?.phase !== 'Terminating') return;
  const resource = { group: definition.group, resource: definition.plural };
  const refused = statusErrors.forbidden(
    resource,
    object,
    `unable to create new content in namespace ${name} because it is being terminated`,
  );
  const cause = { reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' };
  throw new StatusError(refused.code, refused.reason, refused.message, { ...refused.details, causes: [cause] });
}
