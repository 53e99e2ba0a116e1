import { componentRoles } from '../../../bootstrap/policy/component-roles.js';
import { nodesGroup, nodeUserPrefix, type UserInfo } from '../../user-info.js';
import { type Attributes, type Authorizer, type Decision, noOpinion, type PolicyRule } from '../authorizer.js';
import { ruleAllows } from '../rbac/rule-matching.js';
import type { NodeGraph } from './node-graph.js';

const allowed: Decision = { verdict: 'allow', reason: '' };
const readVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch']);

/**
 * What a kubelet may do: everything that its own node, its own pods and what those reference need, and nothing of
 * another node's. A stolen kubelet certificate is worth one node.
 */
export function nodeAuthorizer(graph: NodeGraph): Authorizer {
  const nodeRules = componentRoles.find((role) => role.name === 'system:node')?.rules ?? [];
  return {
    name: 'Node',
    authorize(attributes: Attributes): Decision {
      const node = nodeOf(attributes.user);
      if (node === undefined) return noOpinion;
      const special = attributes.isResourceRequest ? decideFor(node, attributes, graph) : undefined;
      if (special !== undefined) return special === '' ? allowed : { verdict: 'no-opinion', reason: special };
      return nodeRules.some((rule) => ruleAllows(rule, attributes)) ? allowed : noOpinion;
    },
    rulesFor: (user: UserInfo): readonly PolicyRule[] => (nodeOf(user) === undefined ? [] : nodeRules),
  };
}

function nodeOf(user: UserInfo): string | undefined {
  if (!user.username.startsWith(nodeUserPrefix) || !user.groups.includes(nodesGroup)) return undefined;
  return user.username.slice(nodeUserPrefix.length);
}

/** Why not, empty when it is allowed, undefined when the general rules decide. */
function decideFor(node: string, attributes: Attributes, graph: NodeGraph): string | undefined {
  const { apiGroup, resource } = attributes;
  if (apiGroup === 'coordination.k8s.io' && resource === 'leases') return decideLease(node, attributes);
  if (apiGroup !== '') return undefined;
  switch (resource) {
    case 'secrets':
    case 'configmaps':
    case 'persistentvolumeclaims':
      return decideReferenced(node, attributes, graph, resource);
    case 'serviceaccounts':
      return decideServiceAccount(node, attributes, graph);
    case 'nodes':
      return decideNode(node, attributes);
    case 'pods':
      return decidePod(node, attributes, graph);
    default:
      return undefined;
  }
}

function decideReferenced(
  node: string,
  { verb, name, namespace, subresource, resource }: Attributes,
  graph: NodeGraph,
  kind: 'secrets' | 'configmaps' | 'persistentvolumeclaims',
): string {
  if (!readVerbs.has(verb) || subresource !== '') return `can only get, list or watch individual resources of this type`;
  if (name === '') return `No Object name found`;
  if (graph.needs(node, kind, namespace, name)) return '';
  return `no relationship found between node '${node}' and this object (${resource} ${namespace}/${name})`;
}

function decideServiceAccount(node: string, attributes: Attributes, graph: NodeGraph): string {
  const { verb, subresource, namespace, name } = attributes;
  if (!(verb === 'create' && subresource === 'token')) return 'can only create tokens for individual service accounts';
  return graph.needs(node, 'serviceaccounts', namespace, name)
    ? ''
    : `no relationship found between node '${node}' and this object (serviceaccounts ${namespace}/${name})`;
}

function decideNode(node: string, { verb, name, subresource }: Attributes): string {
  if (subresource !== '' && subresource !== 'status') return `node '${node}' cannot use the subresource ${subresource} of nodes`;
  if (verb === 'create' && name === '' && subresource === '') return '';
  if (!readVerbs.has(verb) && verb !== 'update' && verb !== 'patch') return `node '${node}' cannot ${verb} nodes`;
  return name === node
    ? ''
    : `node '${node}' cannot ${verb} ${name === '' ? 'all nodes, only its own Node object' : `node '${name}', only its own Node object`}`;
}

function decidePod(node: string, attributes: Attributes, graph: NodeGraph): string | undefined {
  const { verb, subresource, namespace, name, fieldSelector } = attributes;
  const isStatus = subresource === 'status' && (verb === 'update' || verb === 'patch' || verb === 'get');
  const isEviction = subresource === 'eviction' && verb === 'create';
  if (subresource !== '' && !isStatus && !isEviction)
    return `node '${node}' cannot ${verb} the subresource ${subresource} of pods`;
  if (verb === 'list' || verb === 'watch') {
    if (selectsNode(fieldSelector, node) || (name !== '' && graph.runs(node, namespace, name))) return '';
    return `can only list/watch pods with spec.nodeName field selector`;
  }
  // Admission checks that the pod is bound to this node; of one that is gone already, a kubelet may learn just that.
  if (isStatus && verb !== 'get') return '';
  if (subresource === '' && (verb === 'create' || verb === 'delete')) return '';
  return graph.runs(node, namespace, name)
    ? ''
    : `no relationship found between node '${node}' and this object (pods ${namespace}/${name})`;
}

function selectsNode(fieldSelector: string, node: string): boolean {
  return fieldSelector.split(',').some((term) => term === `spec.nodeName=${node}` || term === `spec.nodeName==${node}`);
}

function decideLease(node: string, { verb, namespace, name }: Attributes): string {
  if (namespace !== 'kube-node-lease') return `can only access leases in the "kube-node-lease" system namespace`;
  if (verb === 'create') return '';
  if (!['get', 'update', 'patch', 'delete'].includes(verb)) return `can only get, create, update, patch, or delete a node lease`;
  return name === node ? '' : `can only access node lease with the same name as the requesting node`;
}
