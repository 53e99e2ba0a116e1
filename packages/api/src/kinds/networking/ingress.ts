import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { type FieldError, invalid, required } from '../../errors/field-error.js';
import type { Ingress, IngressBackend } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { isEmpty, oneOf } from '../../validation/check.js';
import { define, statusOf } from '../define.js';

const shownMax = 3;

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
    textColumn('Address', 'Where it is reached.', ({ status }) =>
      (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').join(','),
    ),
    textColumn('Ports', 'The ports that it answers on.', ({ spec }) => ((spec.tls ?? []).length > 0 ? '80, 443' : '80')),
    ageColumn,
  ],

  prepareForCreate(draft) {
    draft.status = { loadBalancer: {} };
  },

  validate({ spec = {} }) {
    const rules = spec.rules ?? [];
    return [
      ...(rules.length === 0 && spec.defaultBackend === undefined
        ? [invalid('spec', [], 'either `defaultBackend` or `rules` must be specified')]
        : []),
      ...(spec.defaultBackend === undefined ? [] : validateBackend(spec.defaultBackend, 'spec.defaultBackend')),
      ...rules.flatMap(({ http }, index) =>
        (http?.paths ?? []).flatMap(({ path = '', pathType, backend }, pathIndex) => {
          const at = `spec.rules[${index}].http.paths[${pathIndex}]`;
          return [...validatePath(path, pathType, at), ...validateBackend(backend ?? {}, `${at}.backend`)];
        }),
      ),
    ];
  },
});

function validatePath(path: string, pathType: string | undefined, at: string): FieldError[] {
  if (isEmpty(pathType)) return [required(`${at}.pathType`, 'pathType must be specified')];
  const known = oneOf(`${at}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']);
  const absolute = path.startsWith('/') || (path === '' && pathType === 'ImplementationSpecific');
  return absolute ? known : [...known, invalid(`${at}.path`, path, 'must be an absolute path')];
}

function validateBackend({ service, resource }: Draft<IngressBackend>, at: string): FieldError[] {
  if (service === undefined) return resource === undefined ? [required(at, 'must specify either service or resource')] : [];
  if (resource !== undefined) return [invalid(at, '', 'cannot set both resource and service backends')];
  const { name, port } = service;
  const portGiven = !isEmpty(port?.name) || (port?.number ?? 0) !== 0;
  return [
    ...(isEmpty(name) ? [required(`${at}.service.name`)] : []),
    ...(portGiven ? [] : [required(`${at}.service`, 'port name or number is required')]),
  ];
}

function hostsText({ spec }: Ingress): string {
  const hosts = (spec.rules ?? []).flatMap(({ host = '' }) => (host === '' ? [] : [host]));
  if (hosts.length === 0) return '*';
  return hosts.length > shownMax ? `${hosts.slice(0, shownMax).join(',')} + ${hosts.length - shownMax} more...` : hosts.join(',');
}
