import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import type { PartUpdate } from '../../definition.js';
import { invalid } from '../../errors/field-error.js';
import type { Namespace } from '../../generated/types.js';
import { cloneJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { dns1123LabelProblems, maskTrailingDash } from '../../validation/names.js';
import { validateFinalizer } from '../../validation/object-meta.js';
import { define, statusOf } from '../define.js';

/** `/finalize`: the one way to change spec.finalizers. */
const finalizers: PartUpdate<Namespace> = {
  merge: (old, { metadata, spec }) => ({ ...old, metadata, spec: spec ?? {} }),
  validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((name, index) => validateFinalizer(name, `spec.finalizers[${index}]`)),
};

export const namespaces = define<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  subresources: [
    { name: 'finalize', group: '', version: 'v1', kind: 'Namespace', verbs: ['update'], part: finalizers },
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

  validate: ({ spec }) => (spec?.finalizers ?? []).flatMap((name) => validateFinalizer(name, 'spec.finalizers')),

  validateStatusUpdate({ metadata, status }) {
    const [phase, when] = metadata?.deletionTimestamp === undefined ? ['Active', 'empty'] : ['Terminating', 'not empty'];
    if (status?.phase === phase) return [];
    return [invalid('status.Phase', status?.phase ?? '', `may only be '${phase}' if \`deletionTimestamp\` is ${when}`)];
  },
});

/** So that selectors can name a namespace; a generated name is known only when it is about to be created. */
function labelWithName({ metadata }: Draft<Namespace>): void {
  const { name = '' } = metadata ?? {};
  if (metadata !== undefined && name !== '') metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': name };
}
