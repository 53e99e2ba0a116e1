import { nameColumn, textColumn } from '../../columns/column.js';
import { type FieldError, required } from '../../errors/field-error.js';
import type { IPAddress } from '../../generated/types.js';
import { problemsOf } from '../../validation/check.js';
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { strictIpProblems } from '../../validation/strict-ip.js';
import { define } from '../define.js';

export const ipAddresses = define<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  nameProblems: strictIpProblems,
  columns: [nameColumn, textColumn('ParentRef', 'What has the address.', parentText)],

  validate({ spec }) {
    if (spec?.parentRef === undefined) return [required('spec.parentRef')];
    const { group = '', resource = '', name = '', namespace = '' } = spec.parentRef;
    const at = 'spec.parentRef';
    return [
      ...(group === '' ? [] : problemsOf(`${at}.group`, group, dns1123SubdomainProblems(group))),
      ...(resource === '' ? [required(`${at}.resource`)] : segment(`${at}.resource`, resource)),
      ...(name === '' ? [required(`${at}.name`)] : segment(`${at}.name`, name)),
      ...segment(`${at}.namespace`, namespace),
    ];
  },

  validateUpdate: ({ spec }, old) => immutable('spec.parentRef', spec?.parentRef, old.spec.parentRef),
});

function parentText({ spec: { parentRef } }: IPAddress): string {
  if (parentRef === undefined) return '<none>';
  const { group = '', resource = '', namespace = '', name = '' } = parentRef;
  const kind = (group === '' ? resource : `${resource}.${group}`).toLowerCase();
  return [kind, ...(namespace === '' ? [] : [namespace]), name].join('/');
}

function segment(field: string, value: string): FieldError[] {
  return problemsOf(field, value, pathSegmentProblems(value));
}
