import { ageColumn, nameColumn, textColumn, wide } from '../../columns/column.js';
import type { Node, NodeSpec } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { warnOfCidr } from '../../warnings/warn-of-address.js';
import { define, statusOf } from '../define.js';
import { validateNode, validateNodeStatus, validateNodeUpdate } from './node-validation.js';

const rolePrefix = 'node-role.kubernetes.io/';

export const nodes = define<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  storagePath: 'minions',
  statusOnCreate: true,
  subresources: [
    { name: 'proxy', group: '', version: 'v1', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    statusOf('', 'v1', 'Node'),
  ],
  columns: [
    nameColumn,
    textColumn('Status', 'Whether the node is ready, and whether it takes new pods.', statusText),
    textColumn('Roles', 'The roles that its labels give it.', rolesText),
    ageColumn,
    textColumn('Version', 'The version of its kubelet.', (node) => node.status?.nodeInfo?.kubeletVersion ?? ''),
    wide(textColumn('Internal-IP', 'Its address inside the cluster.', (node) => addressOf(node, 'InternalIP'))),
    wide(textColumn('External-IP', 'Its address outside the cluster.', (node) => addressOf(node, 'ExternalIP'))),
    wide(textColumn('OS-Image', 'Its operating system.', (node) => known(node.status?.nodeInfo?.osImage))),
    wide(textColumn('Kernel-Version', 'Its kernel.', (node) => known(node.status?.nodeInfo?.kernelVersion))),
    wide(
      textColumn('Container-Runtime', 'What runs its containers.', (node) =>
        known(node.status?.nodeInfo?.containerRuntimeVersion),
      ),
    ),
  ],
  selectableFields: { 'spec.unschedulable': (node) => String(node.spec.unschedulable ?? false) },

  defaults(draft) {
    alignPodCidrs(draft.spec ?? {});
    if (draft.status?.capacity !== undefined) draft.status.allocatable ??= { ...draft.status.capacity };
  },

  prepareForCreate(draft) {
    delete draft.spec?.configSource;
    delete draft.status?.config;
  },

  /** Nodes were once configured through the API server; those that are not do not begin to be. */
  prepareForUpdate(draft, old) {
    if (old.spec.configSource === undefined) delete draft.spec?.configSource;
  },

  prepareForStatusUpdate(draft, old) {
    if (old.status?.config === undefined) delete draft.status?.config;
  },

  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatusUpdate: validateNodeStatus,

  warnings: ({ spec = {} }) => [
    ...((spec.externalID ?? '') === '' ? [] : ['spec.externalID: this field is deprecated, and is unused by Kubernetes']),
    ...(spec.podCIDRs ?? []).flatMap((range, index) => warnOfCidr(range, `spec.podCIDRs[${index}]`)),
  ],
});

/** The first of the ranges has a member of its own, from when there was but one. */
function alignPodCidrs(spec: Draft<NodeSpec>): void {
  const { podCIDR = '', podCIDRs: [first = ''] = [] } = spec;
  if (podCIDR !== '' && podCIDR !== first) spec.podCIDRs = [podCIDR];
  else if (podCIDR === '' && first !== '') spec.podCIDR = first;
}

function statusText(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function rolesText(node: Node): string {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) return [key.slice(rolePrefix.length)];
    return key === 'kubernetes.io/role' && value !== '' ? [value] : [];
  });
  return roles.length === 0 ? '<none>' : [...new Set(roles)].sort().join(',');
}

function addressOf(node: Node, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}

function known(text: string | undefined): string {
  return text === undefined || text === '' ? '<unknown>' : text;
}
