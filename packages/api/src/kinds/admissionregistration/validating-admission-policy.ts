import { ageColumn, countColumn, nameColumn, textColumn } from '../../columns/column.js';
import { metadataParts } from '../../definition.js';
import type { ValidatingAdmissionPolicy } from '../../generated/types.js';
import { define, statusOf } from '../define.js';
import { defaultMatchResources } from './match-rules.js';
import { validatePolicy, validatePolicyStatus } from './policy-validation.js';

const self = { group: 'admissionregistration.k8s.io', version: 'v1', kind: 'ValidatingAdmissionPolicy' };

export const validatingAdmissionPolicies = define<ValidatingAdmissionPolicy>({
  ...self,
  plural: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  generation: true,
  allowUnconditionalUpdate: false,
  subresources: [statusOf(self.group, self.version, self.kind)],
  statusKeeps: metadataParts,
  columns: [
    nameColumn,
    countColumn('Validations', 'How many rules an object must fulfil.', ({ spec }) => (spec.validations ?? []).length),
    textColumn('ParamKind', 'The kind of the objects that parametrize it.', ({ spec: { paramKind } }) =>
      paramKind === undefined ? '<unset>' : `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}`,
    ),
    ageColumn,
  ],

  defaults(draft) {
    draft.spec ??= {};
    draft.spec.failurePolicy ||= 'Fail';
    defaultMatchResources(draft.spec.matchConstraints);
  },

  validate: validatePolicy,
  validateStatusUpdate: validatePolicyStatus,
});
