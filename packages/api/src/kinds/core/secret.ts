import { ageColumn, countColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { Secret } from '../../generated/types.js';
import { define } from '../define.js';

export const secrets = define<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  columns: [
    nameColumn,
    textColumn('Type', 'Tells programs what the data means.', (secret) => secret.type ?? ''),
    countColumn('Data', 'The number of entries.', (secret) => Object.keys(secret.data ?? {}).length),
    ageColumn,
  ],
  selectableFields: { type: (secret) => secret.type ?? '' },
});
