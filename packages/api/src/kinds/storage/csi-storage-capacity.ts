import { nameColumn, textColumn } from '../../columns/column.js';
import { type FieldError, invalid } from '../../errors/field-error.js';
import type { CSIStorageCapacity } from '../../generated/types.js';
import { problemsOf } from '../../validation/check.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { dns1123SubdomainProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { compareQuantities } from '../../values/quantity.js';
import { define } from '../define.js';

export const csiStorageCapacities = define<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  namespaced: true,
  allowUnconditionalUpdate: false,
  columns: [
    nameColumn,
    textColumn('StorageClassName', 'The class that it is about.', ({ storageClassName }) => storageClassName),
    textColumn('Capacity', 'How much room there is.', ({ capacity }) => capacity ?? '<unset>'),
  ],

  validate: ({ nodeTopology, storageClassName = '', capacity, maximumVolumeSize }) => [
    ...validateLabelSelector(nodeTopology, 'nodeTopology'),
    ...problemsOf('storageClassName', storageClassName, dns1123SubdomainProblems(storageClassName)),
    ...notNegative('capacity', capacity),
    ...notNegative('maximumVolumeSize', maximumVolumeSize),
  ],

  validateUpdate: (draft, old) =>
    (['nodeTopology', 'storageClassName'] as const).flatMap((name) => immutable(name, draft[name], old[name])),
});

function notNegative(field: string, amount: string | undefined): FieldError[] {
  const negative = amount !== undefined && compareQuantities(amount, 0) < 0;
  return negative ? [invalid(field, amount, 'must be greater than or equal to 0')] : [];
}
