import type { Attributes } from '../authorizer.js';
import type { NodeGraph } from './node-graph.js';
import type { Referable } from './references.js';

/** Why a node may not is for people. */
export type NodeDecision = 'allow' | { readonly reason: string };

type Decide = (node: string, attributes: Attributes, graph: NodeGraph) => NodeDecision;

const refuse = (reason: string): NodeDecision => ({ reason });

/** @returns undefined when the resource is not subdivided, and the static rules of nodes decide */
export function decideFor(node: string, attributes: Attributes, graph: NodeGraph): NodeDecision | undefined {
  return deciders.get(`${attributes.apiGroup}/${attributes.resource}`)?.(node, attributes, graph);
}

const deciders: ReadonlyMap<string, Decide> = new Map<string, Decide>([
  ['/secrets', readNamespaced('secrets')],
  ['/configmaps', readNamespaced('configmaps')],
  ['/persistentvolumeclaims', decideClaim],
  ['/persistentvolumes', decideVolume],
  ['/serviceaccounts', decideServiceAccount],
  ['/nodes', decideNode],
  ['/pods', decidePod],
  ['resource.k8s.io/resourceclaims', getOnly('resourceclaims')],
  ['coordination.k8s.io/leases', decideLease],
  ['storage.k8s.io/csinodes', decideCsiNode],
]);

function related(node: string, found: boolean, name: string): NodeDecision {
  if (name === '') return refuse('No Object name found');
  return found ? 'allow' : refuse(`no relationship found between node '${node}' and this object`);
}

function readNamespaced(kind: Referable): Decide {
  return (node, { verb, subresource, namespace, name }, graph) => {
    if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return refuse('can only read resources of this type');
    if (subresource !== '') return refuse('cannot read subresource');
    if (namespace === '') return refuse('can only read namespaced object of this type');
    return related(node, graph.needs(node, kind, namespace, name), name);
  };
}

function getOnly(kind: Referable): Decide {
  return (node, attributes, graph) =>
    notGet(attributes) ?? related(node, graph.needs(node, kind, attributes.namespace, attributes.name), attributes.name);
}

function notGet({ verb, subresource }: Attributes): NodeDecision | undefined {
  if (verb !== 'get') return refuse('can only get individual resources of this type');
  return subresource === '' ? undefined : refuse('cannot get subresource');
}

const getClaim = getOnly('persistentvolumeclaims');

function decideClaim(node: string, attributes: Attributes, graph: NodeGraph): NodeDecision {
  const { verb, subresource, namespace, name } = attributes;
  if (subresource !== 'status') return getClaim(node, attributes, graph);
  if (verb !== 'update' && verb !== 'patch') return refuse('can only get/update/patch this type');
  return related(node, graph.needs(node, 'persistentvolumeclaims', namespace, name), name);
}

function decideVolume(node: string, attributes: Attributes, graph: NodeGraph): NodeDecision {
  return notGet(attributes) ?? related(node, graph.needsVolume(node, attributes.name), attributes.name);
}

function decideServiceAccount(node: string, attributes: Attributes, graph: NodeGraph): NodeDecision {
  const { verb, subresource, namespace, name } = attributes;
  const readsIt = verb === 'get' && subresource === '';
  if (!readsIt && (verb !== 'create' || name === '')) return refuse('can only create tokens for individual service accounts');
  if (!readsIt && subresource !== 'token') return refuse('can only create token subresource of serviceaccount');
  return related(node, graph.needs(node, 'serviceaccounts', namespace, name), name);
}

/** Admission checks what is created and changed: here its name is not always known. */
function decideNode(node: string, { verb, name, subresource }: Attributes): NodeDecision {
  const writes = verb === 'update' || verb === 'patch';
  if (subresource === 'status') return writes ? 'allow' : refuse('');
  if (subresource !== '') return refuse('');
  if (writes || verb === 'create') return 'allow';
  if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return refuse('');
  if (name === node) return 'allow';
  const what = name === '' ? 'all nodes' : `'${name}'`;
  return refuse(`node '${node}' cannot read ${what}, only its own Node object`);
}

function decidePod(node: string, attributes: Attributes, graph: NodeGraph): NodeDecision {
  const { verb, subresource, namespace, name, fieldSelector } = attributes;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? 'allow' : refuse('');
  if (subresource === 'eviction') return verb === 'create' ? 'allow' : refuse('');
  if (subresource !== '') return refuse('');
  // Admission checks that they are mirror pods bound to this node.
  if (verb === 'create' || verb === 'delete') return 'allow';
  if (verb === 'get') return related(node, graph.runs(node, namespace, name), name);
  if (verb !== 'list' && verb !== 'watch') return refuse('');
  if (selectsNode(fieldSelector, node)) return 'allow';
  if (name !== '') return related(node, graph.runs(node, namespace, name), name);
  return refuse('can only list/watch pods with spec.nodeName field selector');
}

function selectsNode(fieldSelector: string, node: string): boolean {
  return fieldSelector.split(',').some((term) => term === `spec.nodeName=${node}` || term === `spec.nodeName==${node}`);
}

const ownVerbs: ReadonlySet<string> = new Set(['get', 'create', 'update', 'patch', 'delete']);

function decideLease(node: string, { verb, namespace, name }: Attributes): NodeDecision {
  if (!ownVerbs.has(verb)) return refuse('can only get, create, update, patch, or delete a node lease');
  if (namespace !== 'kube-node-lease') return refuse('can only access leases in the "kube-node-lease" system namespace');
  if (verb === 'create' || name === node) return 'allow';
  return refuse('can only access node lease with the same name as the requesting node');
}

function decideCsiNode(node: string, { verb, subresource, name }: Attributes): NodeDecision {
  if (!ownVerbs.has(verb)) return refuse('can only get, create, update, patch, or delete a CSINode');
  if (subresource !== '') return refuse('cannot authorize CSINode subresources');
  if (verb === 'create' || name === node) return 'allow';
  return refuse('can only access CSINode with the same name as the requesting node');
}
