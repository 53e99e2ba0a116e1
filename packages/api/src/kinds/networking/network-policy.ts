import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { NetworkPolicy, NetworkPolicyPeer } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { labelSelectorText } from '../../selectors/label-selector.js';
import { warnOfCidr } from '../../warnings/warn-of-address.js';
import { define } from '../define.js';
import { validateNetworkPolicy } from './network-policy-validation.js';

export const networkPolicies = define<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  generation: true,
  columns: [
    nameColumn,
    textColumn('Pod-Selector', 'The pods that it is about.', ({ spec }) => labelSelectorText(spec.podSelector ?? {}) || '<none>'),
    ageColumn,
  ],

  defaults(draft) {
    draft.spec ??= {};
    const { spec } = draft;
    spec.podSelector ??= {};
    for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of ports ?? []) port.protocol ||= 'TCP';
    if ((spec.policyTypes ?? []).length === 0)
      spec.policyTypes = ['Ingress', ...((spec.egress ?? []).length > 0 ? ['Egress'] : [])];
  },

  validate: validateNetworkPolicy,
  warnings: ({ spec: { ingress = [], egress = [] } = {} }) => [
    ...ingress.flatMap(({ from = [] }, index) => warnOfPeers(from, `spec.ingress[${index}].from`)),
    ...egress.flatMap(({ to = [] }, index) => warnOfPeers(to, `spec.egress[${index}].to`)),
  ],
});

function warnOfPeers(peers: readonly Draft<NetworkPolicyPeer>[], field: string): string[] {
  return peers.flatMap(({ ipBlock = {} }, index) => {
    const at = `${field}[${index}].ipBlock`;
    const { cidr = '', except = [] } = ipBlock;
    return [...warnOfCidr(cidr, `${at}.cidr`), ...except.flatMap((range, i) => warnOfCidr(range, `${at}.except[${i}]`))];
  });
}
