import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { metadataParts } from '../../definition.js';
import { type FieldError, forbidden, invalid, required, tooLong } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type { VolumeAttachment, VolumeAttachmentSource, VolumeError } from '../../generated/types.js';
import { equalButEmptyLists } from '../../json.js';
import type { Draft } from '../../objects.js';
import { between, problemsOf } from '../../validation/check.js';
import { validateDriverName } from '../../validation/driver-name.js';
import { dns1123SubdomainProblems } from '../../validation/names.js';
import { immutableMessage } from '../../validation/object-meta.js';
import { utf8Length } from '../../values/utf8.js';
import { define, statusOf } from '../define.js';
import { parametersBytesMax, validateSize } from './parameters.js';

const messageBytesMax = 1024;
const self = { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttachment' };

const specShape = {
  Attacher: '',
  Source: { PersistentVolumeName: null, InlineVolumeSpec: null },
  NodeName: '',
} as const;

export const volumeAttachments = define<VolumeAttachment>({
  ...self,
  plural: 'volumeattachments',
  namespaced: false,
  returnsDeleted: true,
  allowUnconditionalUpdate: false,
  subresources: [statusOf(self.group, self.version, self.kind)],
  statusKeeps: metadataParts,
  columns: [
    nameColumn,
    { ...textColumn<VolumeAttachment>('Attacher', 'The driver that attaches it.', ({ spec }) => spec.attacher), format: 'name' },
    textColumn('PV', 'The volume.', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    textColumn('Node', 'The node that it is attached to.', ({ spec }) => spec.nodeName),
    {
      ...textColumn<VolumeAttachment>('Attached', 'Whether it is attached.', ({ status }) => status?.attached ?? false),
      type: 'boolean',
    },
    ageColumn,
  ],

  prepareForCreate(draft) {
    draft.status = { attached: false };
  },

  validate({ spec = {} }) {
    const { nodeName = '' } = spec;
    return [
      ...validateDriverName(spec.attacher, 'spec.attacher'),
      ...validateSource(spec.source ?? {}, 'spec.source'),
      ...problemsOf('spec.nodeName', nodeName, dns1123SubdomainProblems(nodeName)),
    ];
  },

  validateUpdate: ({ spec = {} }, old) => {
    const printed = goForm({ ...spec, source: spec.source ?? {} }, specShape);
    return equalButEmptyLists(spec, old.spec) ? [] : [invalid('spec', printed, immutableMessage)];
  },
  prepareForStatusUpdate({ status }, old) {
    for (const name of ['attachError', 'detachError'] as const)
      if (old.status?.[name]?.errorCode === undefined) delete status?.[name]?.errorCode;
  },
  validateStatusUpdate: ({ status }) => [
    ...validateSize(status?.attachmentMetadata, 'status.attachmentMetadata'),
    ...validateVolumeError(status?.attachError, 'status.attachError'),
    ...validateVolumeError(status?.detachError, 'status.detachError'),
  ],
});

/** Codes of errors are behind the gate MutableCSINodeAllocatableCount, which Kubernetes 1.34 keeps shut: only old ones are seen. */
function validateVolumeError({ message = '', errorCode }: Draft<VolumeError> = {}, field: string): FieldError[] {
  return [
    // Kubernetes names the limit of another member.
    ...(utf8Length(message) > messageBytesMax ? [tooLong(`${field}.message`, parametersBytesMax)] : []),
    ...between(`${field}.errorCode`, errorCode, 0, 2_147_483_647),
  ];
}

function validateSource(
  { persistentVolumeName: name, inlineVolumeSpec }: Draft<VolumeAttachmentSource>,
  field: string,
): FieldError[] {
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (name !== undefined && inlineVolumeSpec !== undefined) return [forbidden(field, one)];
  if (inlineVolumeSpec !== undefined) return [];
  if (name === undefined) return [required(field, one)];
  const at = `${field}.persistentVolumeName`;
  if (name === '') return [required(at, 'must specify non empty persistentVolumeName')];
  return problemsOf(at, name, dns1123SubdomainProblems(name));
}
