import { ageColumn, nameColumn, textColumn, wide } from '../../columns/column.js';
import { addressesOf } from '../../columns/load-balancer.js';
import { mapText } from '../../columns/pod-template.js';
import type { Service } from '../../generated/types.js';
import { dns1035LabelProblems, maskTrailingDash } from '../../validation/names.js';
import { define, statusOf } from '../define.js';
import { defaultService } from './service-defaults.js';
import { validateBalancers } from './service-status.js';
import { keepAllotted } from './service-update.js';
import { validateService } from './service-validation.js';
import { warningsOfService } from './service-warnings.js';

export const services = define<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  returnsDeleted: true,
  storagePath: 'services/specs',
  allowCreateOnUpdate: true,
  subresources: [
    {
      name: 'proxy',
      group: '',
      version: 'v1',
      kind: 'ServiceProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
    statusOf('', 'v1', 'Service'),
  ],
  columns: [
    nameColumn,
    textColumn('Type', 'How the service is reached.', (service) => service.spec.type ?? ''),
    textColumn('Cluster-IP', 'Its virtual address.', (service) => orNone(service.spec.clusterIPs?.[0] ?? service.spec.clusterIP)),
    textColumn('External-IP', 'Where it is reached from outside.', externalText),
    textColumn('Port(s)', 'Its ports, and the ports of the nodes that lead to them.', portsText),
    ageColumn,
    wide(textColumn('Selector', 'The labels of its pods.', ({ spec }) => mapText(spec.selector))),
  ],
  selectableFields: {
    'spec.clusterIP': (service) => service.spec.clusterIP ?? '',
    'spec.type': (service) => service.spec.type ?? '',
  },
  nameProblems: (name, prefix) => dns1035LabelProblems(prefix ? maskTrailingDash(name) : name),

  defaults: defaultService,

  prepareForCreate(draft) {
    draft.status = { loadBalancer: {} };
    const { clusterIP = '', clusterIPs = [] } = draft.spec ?? {};
    if (draft.spec !== undefined && clusterIP !== '' && clusterIPs.length === 0) draft.spec.clusterIPs = [clusterIP];
  },

  prepareForUpdate: keepAllotted,
  validate: validateService,
  warnings: warningsOfService,
  validateStatusUpdate: ({ spec, status }) => validateBalancers(status?.loadBalancer?.ingress ?? [], spec?.type),
});

function externalText(service: Service): string {
  const external = service.spec.externalIPs ?? [];
  if (service.spec.type === 'ExternalName') return service.spec.externalName ?? '';
  if (service.spec.type !== 'LoadBalancer') return external.length > 0 ? external.join(',') : '<none>';
  const all = [...addressesOf(service.status?.loadBalancer?.ingress), ...external];
  return all.length > 0 ? all.join(',') : '<pending>';
}

function portsText(service: Service): string {
  const ports = service.spec.ports ?? [];
  if (ports.length === 0) return '<none>';
  return ports
    .map(
      ({ port, nodePort, protocol }) =>
        `${port}${nodePort === undefined || nodePort === 0 ? '' : `:${nodePort}`}/${protocol ?? ''}`,
    )
    .join(',');
}

function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? '<none>' : text;
}
