import { type Draft, equalJson, isMirror, mirrorAnnotation, type Pod, statusErrors } from '@flotilla/api';
import { referencesOfPod } from '../../../auth/authorizers/node/references.js';
import type { AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';

const pods = { group: '', plural: 'pods' } as const;
const nodes = { group: '', plural: 'nodes' } as const;

export async function checkPod(request: AdmissionRequest, node: string, reads: AdmissionReads): Promise<void> {
  switch (request.subresource) {
    case '':
      return checkObject(request, node, reads);
    case 'status':
      return checkStatus(request, node);
    case 'eviction':
      return checkEviction(request, node, reads);
    default:
      throw refused(
        request,
        `unexpected pod subresource ${JSON.stringify(request.subresource)}, only 'status' and 'eviction' are allowed`,
      );
  }
}

async function checkObject(request: AdmissionRequest, node: string, reads: AdmissionReads): Promise<void> {
  const { operation, old } = request;
  if (operation === 'CREATE') return checkMirrorPod(request, node, reads);
  const shown = JSON.stringify(node);
  if (operation !== 'DELETE') {
    throw refused(request, `unexpected operation "${operation}", node ${shown} can only create and delete mirror pods`);
  }
  if (nodeOf(old) !== node) throw refused(request, `node ${shown} can only delete pods with spec.nodeName set to itself`);
}

/** A pod of which the kubelet knows before the API server does: it runs there anyway, and must not open other doors. */
async function checkMirrorPod(request: AdmissionRequest, node: string, reads: AdmissionReads): Promise<void> {
  const pod = request.object as Draft<Pod>; // the definition says so
  const shown = `node ${JSON.stringify(node)}`;
  if (!isMirror(pod)) {
    throw refused(request, `pod does not have "${mirrorAnnotation}" annotation, ${shown} can only create mirror pods`);
  }
  if (pod.spec?.nodeName !== node) throw refused(request, `${shown} can only create pods with spec.nodeName set to itself`);
  await checkOwner(request, pod, node, reads);
  if ((pod.spec.serviceAccountName ?? '') !== '') {
    throw refused(request, `${shown} can not create pods that reference a service account`);
  }
  const references = referencesOfPod(pod as Pod); // validated by now
  const volumes = pod.spec.volumes ?? [];
  const bundles = volumes.some(({ projected }) => projected?.sources?.some((source) => source.clusterTrustBundle !== undefined));
  const refers = (resource: string) => references.some((key) => key.startsWith(`${resource}/`));
  const forbidden =
    (refers('secrets') && 'secrets') ||
    (refers('configmaps') && 'configmaps') ||
    (bundles && 'clustertrustbundles') ||
    (volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined) && 'persistentvolumeclaims');
  if (forbidden !== false) throw refused(request, `${shown} can not create pods that reference ${forbidden}`);
}

async function checkOwner(request: AdmissionRequest, pod: Draft<Pod>, node: string, reads: AdmissionReads): Promise<void> {
  const shown = `node ${JSON.stringify(node)}`;
  const owners = pod.metadata?.ownerReferences ?? [];
  const [owner] = owners;
  if (owners.length > 1) throw refused(request, `${shown} can only create pods with a single owner reference set to itself`);
  if (owner === undefined || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    throw refused(request, `${shown} can only create pods with an owner reference set to itself`);
  }
  if (owner.controller !== true) {
    throw refused(request, `${shown} can only create pods with a controller owner reference set to itself`);
  }
  if (owner.blockOwnerDeletion === true) {
    throw refused(request, `${shown} must not set blockOwnerDeletion on an owner reference`);
  }
  const found = (await reads.cached(nodes)).get('', node) ?? (await reads.live(nodes, '', node));
  if (found === undefined) throw statusErrors.notFound({ group: '', resource: 'nodes' }, node);
  if (found.metadata.uid !== owner.uid) {
    throw refused(request, `node ${node} UID mismatch: expected ${owner.uid ?? ''} got ${found.metadata.uid ?? ''}`);
  }
}

function checkStatus(request: AdmissionRequest, node: string): void {
  const [pod, old] = [request.object as Draft<Pod>, request.old as Pod]; // an update of a pod has both
  const shown = `node ${JSON.stringify(node)}`;
  if (nodeOf(old) !== node)
    throw refused(request, `${shown} can only update pod status for pods with spec.nodeName set to itself`);
  if (!equalJson(pod.metadata?.labels ?? {}, old.metadata.labels ?? {})) {
    throw refused(request, `${shown} cannot update labels through pod status`);
  }
  if (!equalJson(pod.status?.resourceClaimStatuses ?? [], old.status?.resourceClaimStatuses ?? [])) {
    throw refused(request, `${shown} cannot update resource claim statues`);
  }
}

async function checkEviction(request: AdmissionRequest, node: string, reads: AdmissionReads): Promise<void> {
  const name = request.name || (request.object?.metadata?.name ?? '');
  if (name === '') throw refused(request, 'could not determine pod from request data');
  const found = (await reads.cached(pods)).get(request.namespace, name) ?? (await reads.live(pods, request.namespace, name));
  if (found === undefined) throw statusErrors.notFound({ group: '', resource: 'pods' }, name);
  if (nodeOf(found) !== node) throw refused(request, `node ${node} can only evict pods with spec.nodeName set to itself`);
}

function nodeOf(pod: object | undefined): string | undefined {
  return (pod as Pod | undefined)?.spec.nodeName; // the callers have pods
}
