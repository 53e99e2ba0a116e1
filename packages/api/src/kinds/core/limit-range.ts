import { createdAtColumn, nameColumn } from '../../columns/column.js';
import type { LimitRange } from '../../generated/types.js';
import { define } from '../define.js';
import { validateLimitRange } from './limit-range-validation.js';

export const limitRanges = define<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  allowCreateOnUpdate: true,
  columns: [nameColumn, createdAtColumn],

  /** For containers, a limit that is not given is the largest one, and a request that is not given is the limit. */
  defaults(draft) {
    for (const item of draft.spec?.limits ?? []) {
      if (item.type !== 'Container') continue;
      item.default = { ...item.max, ...item.default };
      item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
    }
  },

  validate: validateLimitRange,
});
