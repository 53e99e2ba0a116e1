import { nameColumn } from '../../columns/column.js';
import type { Binding } from '../../generated/types.js';
import { define } from '../define.js';

/** Of no store: what schedulers of old create instead of `pods/<name>/binding`, with the pod's name in it. */
export const bindings = define<Binding>({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  namespaced: true,
  verbs: ['create'],
  columns: [nameColumn],
});
