import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { ConfigMap } from '../../generated/types.js';
import { define } from '../define.js';
import { validateConfigMap, validateConfigMapUpdate } from './config-validation.js';

export const configMaps = define<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  columns: [
    nameColumn,
    textColumn('Data', 'The number of entries.', ({ data, binaryData }) => sizeOf(data) + sizeOf(binaryData)),
    ageColumn,
  ],

  validate: validateConfigMap,
  validateUpdate: validateConfigMapUpdate,
});

function sizeOf(map: object | undefined): number {
  return Object.keys(map ?? {}).length;
}
