import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { duplicate } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type { RuntimeClass, Toleration } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { validateResources } from '../../pods/validate-resources.js';
import { validateTolerations } from '../../pods/validate-scheduling.js';
import { problemsOf } from '../../validation/check.js';
import { dns1123LabelProblems } from '../../validation/names.js';
import { immutable, validateLabels } from '../../validation/object-meta.js';
import { repeated } from '../../validation/repeated.js';
import { define } from '../define.js';

const tolerationShape = { Key: '', Operator: '', Value: '', Effect: '', TolerationSeconds: null } as const;

export const runtimeClasses = define<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  columns: [nameColumn, textColumn('Handler', 'What the container runtime calls it.', ({ handler }) => handler), ageColumn],

  validate({ handler = '', overhead, scheduling = {} }) {
    const { nodeSelector = {}, tolerations = [] } = scheduling;
    const repeats = repeated(tolerations.map(meaningOf));
    return [
      ...problemsOf('handler', handler, dns1123LabelProblems(handler)),
      ...(overhead === undefined ? [] : validateResources({ limits: overhead.podFixed ?? {} }, 'overhead', new Set())),
      ...validateLabels(nodeSelector, 'scheduling.nodeSelector'),
      ...validateTolerations(tolerations, 'scheduling.tolerations'),
      ...tolerations.flatMap((toleration, index) =>
        repeats.has(index) ? [duplicate(`scheduling.tolerations[${index}]`, goForm(toleration, tolerationShape))] : [],
      ),
    ];
  },
  validateUpdate: ({ handler }, old) => immutable('handler', handler, old.handler),
});

/** For how long a taint is tolerated tells no tolerations apart. */
function meaningOf({ key, operator, value, effect }: Draft<Toleration>): string {
  return JSON.stringify([key, operator, value, effect]);
}
