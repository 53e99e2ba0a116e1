/** Labels of nodes that had other names before they were stable. */
export const renamedNodeLabels: ReadonlyMap<string, { readonly name: string; readonly since: string }> = new Map([
  ['beta.kubernetes.io/arch', { name: 'kubernetes.io/arch', since: 'v1.14' }],
  ['beta.kubernetes.io/os', { name: 'kubernetes.io/os', since: 'v1.14' }],
  ['failure-domain.beta.kubernetes.io/region', { name: 'topology.kubernetes.io/region', since: 'v1.17' }],
  ['failure-domain.beta.kubernetes.io/zone', { name: 'topology.kubernetes.io/zone', since: 'v1.17' }],
  ['beta.kubernetes.io/instance-type', { name: 'node.kubernetes.io/instance-type', since: 'v1.17' }],
]);
