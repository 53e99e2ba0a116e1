import { createdAtColumn, nameColumn } from '../../columns/column.js';
import { duplicate, required } from '../../errors/field-error.js';
import type { LimitRange } from '../../generated/types.js';
import { isEmpty } from '../../validation/check.js';
import { define } from '../define.js';

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

  validate({ spec = {} }) {
    const types = (spec.limits ?? []).map(({ type }) => type);
    return types.flatMap((type, index) => [
      ...(isEmpty(type) ? [required(`spec.limits[${index}].type`)] : []),
      ...(types.indexOf(type) < index ? [duplicate(`spec.limits[${index}].type`, type)] : []),
    ]);
  },
});
