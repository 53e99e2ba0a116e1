import { type Draft, type KubernetesObject, type Lease, type Pod, type StatusError, statusErrors } from '@flotilla/api';
import { nodesGroup, nodeUserPrefix } from '../../../auth/user-info.js';
import type { AdmissionPlugin, AdmissionRequest } from '../../admission.js';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const leaseNamespace = 'kube-node-lease';

/** A kubelet writes to its own Node, its Lease and the pods bound to it, and to nobody else's. */
export function nodeRestriction(): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    handles: ({ user, definition }) => user.groups.includes(nodesGroup) && definition.storagePath in checks,

    validate(request) {
      const { username } = request.user;
      const node = username.startsWith(nodeUserPrefix) ? username.slice(nodeUserPrefix.length) : '';
      if (node === '') throw refuse(request, `could not determine node from user "${username}"`);
      checks[request.definition.storagePath]?.(request, node);
    },
  };
}

const checks: Readonly<Record<string, (request: AdmissionRequest, node: string) => void>> = {
  pods: checkPod,
  minions: checkNode,
  leases: checkLease,
};

function checkPod(request: AdmissionRequest, node: string): void {
  const { operation, subresource } = request;
  if (operation === 'CREATE' && subresource === '') {
    const pod = request.object as Draft<Pod>; // the definition says so
    if (pod.metadata?.annotations?.[mirrorAnnotation] === undefined) {
      throw refuse(request, `pod does not have "${mirrorAnnotation}" annotation, node "${node}" can only create mirror pods`);
    }
    if (pod.spec?.nodeName !== node)
      throw refuse(request, `node "${node}" can only create pods with spec.nodeName set to itself`);
    return;
  }
  // Evictions are deletions, and admitted as such too.
  if (operation === 'CREATE' && subresource === 'eviction') return;
  if (operation !== 'DELETE' && subresource !== 'status') {
    throw refuse(request, `unexpected subresource "${subresource}", node "${node}" can only update the status of pods`);
  }
  if ((request.old as Pod).spec.nodeName !== node) {
    const can = operation === 'DELETE' ? 'delete pods' : 'update pod status for pods';
    throw refuse(request, `node "${node}" can only ${can} with spec.nodeName set to itself`);
  }
}

function checkNode(request: AdmissionRequest, node: string): void {
  const name = nameOf(request);
  if (name !== node) throw refuse(request, `node "${node}" is not allowed to modify node "${name}"`);
  if (request.operation === 'DELETE') throw refuse(request, `node "${node}" is not allowed to delete itself`);
}

function checkLease(request: AdmissionRequest, node: string): void {
  if (request.namespace !== leaseNamespace) {
    throw refuse(request, `can only access leases in the "${leaseNamespace}" system namespace`);
  }
  const name = nameOf(request);
  if (name !== node) throw refuse(request, `can only access node lease with the same name as the requesting node`);
  const owners = ((request.object as Draft<Lease> | undefined)?.metadata?.ownerReferences ?? []).filter(
    ({ kind }) => kind === 'Node',
  );
  if (owners.some((owner) => owner.name !== node)) throw refuse(request, `node "${node}" may not own the lease for another node`);
}

function nameOf({ name, object, old }: AdmissionRequest): string {
  return name || metadataName(object) || metadataName(old);
}

function metadataName(object: Draft<KubernetesObject> | KubernetesObject | undefined): string {
  return object?.metadata?.name ?? '';
}

function refuse({ definition, name }: AdmissionRequest, why: string): StatusError {
  return statusErrors.forbidden({ group: definition.group, resource: definition.plural }, name, why);
}
