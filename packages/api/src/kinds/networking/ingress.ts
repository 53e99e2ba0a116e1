import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { fewOf } from '../../columns/few.js';
import { addressesOf } from '../../columns/load-balancer.js';
import type { Ingress } from '../../generated/types.js';
import { define, statusOf } from '../define.js';
import { validateClassOnce, validateIngress, validateIngressStatus } from './ingress-validation.js';

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
  validateCreate: validateClassOnce,
  validateStatusUpdate: validateIngressStatus,
});

function hostsText({ spec }: Ingress): string {
  const hosts = (spec.rules ?? []).flatMap(({ host = '' }) => (host === '' ? [] : [host]));
  return fewOf(hosts) || '*';
}
