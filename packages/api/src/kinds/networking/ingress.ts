import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { addressesOf } from '../../columns/load-balancer.js';
import type { Ingress } from '../../generated/types.js';
import { define, statusOf } from '../define.js';
import { classAnnotation, validateClassOnce, validateIngress, validateIngressStatus } from './ingress-validation.js';

const hostsMax = 3;

export const ingresses = define<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  namespaced: true,
  generation: true,
  storagePath: 'ingress',
  subresources: [statusOf('networking.k8s.io', 'v1', 'Ingress')],
  columns: [
    nameColumn,
    textColumn('Class', 'Which controller serves it.', ({ spec }) => spec.ingressClassName ?? '<none>'),
    textColumn('Hosts', 'The hosts that it answers for.', hostsText),
    textColumn('Address', 'Where it is reached.', ({ status }) => addressesOf(status?.loadBalancer?.ingress).join(',')),
    textColumn('Ports', 'The ports that it answers on.', ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80')),
    ageColumn,
  ],

  prepareForCreate(draft) {
    draft.status = { loadBalancer: {} };
  },

  validate: validateIngress,
  warnings: ({ metadata, spec }, old) =>
    old === undefined && metadata?.annotations?.[classAnnotation] !== undefined && spec?.ingressClassName === undefined
      ? [`annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  validateCreate: validateClassOnce,
  validateStatusUpdate: validateIngressStatus,
});

/** The first three hosts; as in Kubernetes, rules without a host are among the others that are counted. */
function hostsText({ spec: { rules = [] } }: Ingress): string {
  const named = rules.flatMap(({ host = '' }, index) => (host === '' ? [] : [{ host, index }]));
  const shown = named.slice(0, hostsMax);
  if (shown.length === 0) return '*';
  const text = shown.map(({ host }) => host).join(',');
  const more = shown.length === hostsMax && shown.at(-1)?.index !== rules.length - 1;
  return more ? `${text} + ${rules.length - hostsMax} more...` : text;
}
