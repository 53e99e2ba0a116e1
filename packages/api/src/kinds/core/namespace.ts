import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { Namespace } from '../../generated/types.js';
import { cloneJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { dns1123LabelProblems, maskTrailingDash } from '../../validation/names.js';
import { define, statusOf } from '../define.js';

export const namespaces = define<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [
    { name: 'finalize', group: '', version: 'v1', kind: 'Namespace', verbs: ['update'] },
    statusOf('', 'v1', 'Namespace'),
  ],
  columns: [
    nameColumn,
    textColumn('Status', 'The phase of the namespace.', (namespace) => namespace.status?.phase ?? ''),
    ageColumn,
  ],
  selectableFields: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
  nameProblems: (name, prefix) => dns1123LabelProblems(prefix ? maskTrailingDash(name) : name),

  defaults: labelWithName,

  prepareForCreate(draft) {
    labelWithName(draft);
    draft.status = { phase: 'Active' };
    const finalizers = draft.spec?.finalizers ?? [];
    draft.spec = { finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] };
  },

  /** The finalize subresource alone changes the finalizers of the spec. */
  prepareForUpdate(draft, old) {
    draft.spec = cloneJson(old.spec);
  },
});

/** So that selectors can name a namespace; a generated name is known only when it is about to be created. */
function labelWithName({ metadata }: Draft<Namespace>): void {
  const { name = '' } = metadata ?? {};
  if (metadata !== undefined && name !== '') metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': name };
}
