import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { required } from '../../errors/field-error.js';
import type { RuntimeClass } from '../../generated/types.js';
import { problemsOf } from '../../validation/check.js';
import { dns1123LabelProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { define } from '../define.js';

export const runtimeClasses = define<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  columns: [nameColumn, textColumn('Handler', 'What the container runtime calls it.', ({ handler }) => handler), ageColumn],

  validate: ({ handler = '' }) =>
    handler === '' ? [required('handler')] : problemsOf('handler', handler, dns1123LabelProblems(handler)),
  validateUpdate: ({ handler }, old) => immutable('handler', handler, old.handler),
});
