import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { required } from '../../errors/field-error.js';
import type { IngressClass } from '../../generated/types.js';
import { isEmpty } from '../../validation/check.js';
import { immutable } from '../../validation/object-meta.js';
import { define } from '../define.js';

export const ingressClasses = define<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  namespaced: false,
  generation: true,
  columns: [
    nameColumn,
    textColumn('Controller', 'Who serves ingresses of this class.', ({ spec }) => spec.controller ?? ''),
    textColumn('Parameters', 'An object that says more.', ({ spec: { parameters } }) =>
      parameters === undefined
        ? '<none>'
        : `${parameters.kind}${parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`}/${parameters.name}`,
    ),
    ageColumn,
  ],

  validate: ({ spec }) => (isEmpty(spec?.controller) ? [required('spec.controller')] : []),
  validateUpdate: ({ spec }, old) => immutable('spec.controller', spec?.controller, old.spec.controller),
});
