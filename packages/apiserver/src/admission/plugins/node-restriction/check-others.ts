import { type Draft, equalJson, type Lease, type PersistentVolumeClaim } from '@flotilla/api';
import type { AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';

const leaseNamespace = 'kube-node-lease';

/** How far the expansion of a volume has come is all that a kubelet has to say of a claim. */
export function checkClaim(request: AdmissionRequest, node: string): void {
  if (request.subresource !== 'status') throw refused(request, 'may only update PVC status');
  if (request.operation !== 'UPDATE') throw refused(request, `unexpected operation "${request.operation}"`);
  if (equalJson(fixed(request.object), fixed(request.old))) return;
  throw refused(
    request,
    `node ${JSON.stringify(node)} is not allowed to update fields other than status.capacity and status.conditions`,
  );
}

function fixed(object: AdmissionRequest['object'] | AdmissionRequest['old']): object {
  const { metadata, status, ...rest } = object as Draft<PersistentVolumeClaim>; // the definition says so
  const { resourceVersion: _version, managedFields: _owners, ...meta } = metadata ?? {};
  const { capacity: _1, conditions: _2, allocatedResources: _3, allocatedResourceStatuses: _4, ...told } = status ?? {};
  return { ...rest, metadata: meta, status: told };
}

export function checkLease(request: AdmissionRequest, node: string): void {
  if (request.namespace !== leaseNamespace) {
    throw refused(request, `can only access leases in the "${leaseNamespace}" system namespace`);
  }
  if (nameOf(request) !== node) throw refused(request, 'can only access node lease with the same name as the requesting node');
  const owners = (request.object as Draft<Lease> | undefined)?.metadata?.ownerReferences ?? []; // the definition says so
  if (owners.some(({ kind, name }) => kind === 'Node' && name !== node)) {
    throw refused(request, `node ${JSON.stringify(node)} may not own the lease for another node`);
  }
}

export function checkCsiNode(request: AdmissionRequest, node: string): void {
  if (nameOf(request) !== node) throw refused(request, 'can only access CSINode with the same name as the requesting node');
}

function nameOf({ name, object, old }: AdmissionRequest): string {
  return name || (object?.metadata?.name ?? old?.metadata.name ?? '');
}
