import { nameColumn, textColumn } from '../../columns/column.js';
import { mapText } from '../../columns/pod-template.js';
import type { PodTemplate } from '../../generated/types.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';
import { validatePodTemplate } from '../../pods/validate-template.js';
import { warningsOfTemplate } from '../../warnings/pod-warnings.js';
import { define } from '../define.js';

export const podTemplates = define<PodTemplate>({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  namespaced: true,
  returnsDeleted: true,
  generation: true,
  columns: [
    nameColumn,
    textColumn('Containers', 'The containers of its pods.', ({ template }) =>
      (template?.spec?.containers ?? []).map(({ name }) => name).join(','),
    ),
    textColumn('Images', 'The images of its pods.', ({ template }) =>
      (template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(','),
    ),
    textColumn('Pod Labels', 'The labels of its pods.', ({ template }) => mapText(template?.metadata?.labels)),
  ],

  defaults(draft) {
    draft.template ??= {};
    defaultPodTemplate(draft.template);
  },
  validate: ({ template }) => validatePodTemplate(template, 'template'),
  warnings: ({ metadata, template = {} }, old) =>
    metadata?.generation === old?.metadata.generation ? [] : warningsOfTemplate(template, 'template'),
});
