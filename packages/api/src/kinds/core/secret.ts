import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { Secret } from '../../generated/types.js';
import { setMember } from '../../json.js';
import type { Draft } from '../../objects.js';
import { base64OfText } from '../../values/base64.js';
import { define } from '../define.js';
import { validateSecret, validateSecretUpdate } from './config-validation.js';

export const secrets = define<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  columns: [
    nameColumn,
    textColumn('Type', 'Tells programs what the data means.', (secret) => secret.type ?? ''),
    textColumn('Data', 'The number of entries.', (secret) => Object.keys(secret.data ?? {}).length),
    ageColumn,
  ],
  selectableFields: { type: (secret) => secret.type ?? '' },

  defaults(draft) {
    draft.type ||= 'Opaque';
  },

  /** What is given as text is kept encoded; it wins over what `data` says. */
  prepareForCreate: encodeStringData,
  prepareForUpdate: encodeStringData,
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
});

function encodeStringData(draft: Draft<Secret>): void {
  if (draft.stringData === undefined) return;
  const data: Record<string, string | undefined> = { ...draft.data };
  for (const [key, text = ''] of Object.entries(draft.stringData)) setMember(data, key, base64OfText(text));
  draft.data = data;
  delete draft.stringData;
}
