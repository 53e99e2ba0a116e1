import { createdAtColumn, nameColumn } from '../../columns/column.js';
import { metadataParts } from '../../definition.js';
import type { CustomResourceDefinition } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { define, statusOf } from '../define.js';
import { validateCrd, validateCrdStatus, validateCrdUpdate } from './crd-validation.js';

/** Holds a deleted definition until its objects are gone. */
export const customResourceCleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const customResourceDefinitions = define<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  storagePath: 'apiextensions.k8s.io/customresourcedefinitions',
  subresources: [statusOf('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition')],
  statusKeeps: metadataParts,
  generation: true,
  allowUnconditionalUpdate: false,
  plainFinalizers: true,
  columns: [nameColumn, createdAtColumn],
  defaults(draft) {
    const { spec } = draft;
    if (spec === undefined) return;
    const names = spec.names ?? {};
    spec.names = names;
    if (names.kind !== undefined && names.kind !== '') {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service !== undefined) service.port ??= 443;
  },
  prepareForCreate(draft) {
    draft.status = {};
    rememberStoredVersion(draft);
  },
  prepareForUpdate: rememberStoredVersion,
  beginDeletion(draft, now) {
    const finalizers = draft.metadata?.finalizers ?? [];
    if (!finalizers.includes(customResourceCleanupFinalizer)) finalizers.push(customResourceCleanupFinalizer);
    draft.metadata = { ...draft.metadata, finalizers };
    const others = draft.status?.conditions?.filter(({ type }) => type !== 'Terminating') ?? [];
    draft.status = { ...draft.status, conditions: [...others, { ...deletionPending, lastTransitionTime: now }] };
  },
  validate: (draft, old) => validateCrd(draft, old),
  validateUpdate: validateCrdUpdate,
  validateStatusUpdate: validateCrdStatus,
});

const deletionPending = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionPending',
  message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
};

/** Objects are written in the storage version from now on. */
function rememberStoredVersion(draft: Draft<CustomResourceDefinition>): void {
  const status = draft.status ?? {};
  draft.status = status;
  const stored = status.storedVersions ?? [];
  for (const { name, storage } of draft.spec?.versions ?? []) {
    if (storage === true && name !== undefined && !stored.includes(name)) stored.push(name);
  }
  status.storedVersions = stored;
}
