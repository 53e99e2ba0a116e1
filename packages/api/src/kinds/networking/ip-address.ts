import { nameColumn, textColumn } from '../../columns/column.js';
import { required } from '../../errors/field-error.js';
import type { IPAddress } from '../../generated/types.js';
import { isEmpty } from '../../validation/check.js';
import { isIpv4, isIpv6 } from '../../validation/ip.js';
import { immutable } from '../../validation/object-meta.js';
import { define } from '../define.js';

export const ipAddresses = define<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  nameProblems: (name) => (isIpv4(name) || isIpv6(name) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']),
  columns: [nameColumn, textColumn('ParentRef', 'What has the address.', parentText)],

  validate({ spec }) {
    if (spec?.parentRef === undefined) return [required('spec.parentRef')];
    const { resource, name } = spec.parentRef;
    return [
      ...(isEmpty(resource) ? [required('spec.parentRef.resource')] : []),
      ...(isEmpty(name) ? [required('spec.parentRef.name')] : []),
    ];
  },

  validateUpdate: ({ spec }, old) => immutable('spec', spec, old.spec),
});

function parentText({ spec: { parentRef } }: IPAddress): string {
  if (parentRef === undefined) return '<none>';
  const { group = '', resource = '', namespace = '', name = '' } = parentRef;
  const kind = (group === '' ? resource : `${resource}.${group}`).toLowerCase();
  return [kind, ...(namespace === '' ? [] : [namespace]), name].join('/');
}
