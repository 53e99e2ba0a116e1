export {
  type Applied,
  type ApplySchema,
  applyConfig,
  applySchemaOf,
  applySchemaOfModel,
  configProblems,
  emptyObjectOf,
  goText,
  type OtherVersion,
  type Ownership,
  ownersAfterUpdate,
  resetFieldsOf,
  sameOwners,
  structuralApplySchema,
} from './apply/index.js';
export { ageText, type Cell, type Column, sinceText } from './columns/column.js';
export {
  type PartialObjectMetadata,
  partialObjectMetadata,
  type Table,
  type TableColumnDefinition,
  type TableOptions,
  type TableRow,
  tableOf,
} from './columns/table.js';
export { type CustomDefinitionParts, customDefinition, type RuleCheck, schemaOf } from './custom/custom-definition.js';
export type {
  Conversion,
  Definition,
  LocalConversion,
  PartUpdate,
  RemoteConversion,
  ScaleRules,
  Subresource,
  Verb,
} from './definition.js';
export {
  duplicate,
  type FieldError,
  type FieldErrorReason,
  fieldErrorsText,
  fieldErrorText,
  forbidden,
  invalid,
  invalidWithoutValue,
  notFound,
  notSupported,
  required,
  tooLong,
  tooMany,
} from './errors/field-error.js';
export { hasReason, StatusError, type StatusReason, statusErrorFrom, statusErrors } from './errors/status-error.js';
export type * from './generated/types.js';
export { cloneJson, equalJson, isRecord, type Mutable, setMember } from './json.js';
export { approvalOf, isProtectedGroup } from './kinds/apiextensions/crd-approval.js';
export { customResourceCleanupFinalizer } from './kinds/apiextensions/custom-resource-definition.js';
export { needsHealthCheck, needsNodePorts } from './kinds/core/service-traffic.js';
export { mandatoryFlowSchemas, mandatoryPriorityLevels } from './kinds/flowcontrol/mandatory.js';
export { definitionOf, definitionOfKind, definitions, kinds } from './kinds/kinds.js';
export { classAnnotation, storageClassOf } from './kinds/storage/class-name.js';
export { localConversion } from './local-conversion.js';
export {
  apiVersionOf,
  type Draft,
  type GroupKind,
  type GroupResource,
  type GroupVersion,
  type GroupVersionKind,
  groupResourceText,
  groupVersionKindText,
  type KubernetesObject,
  type ObjectList,
  type Persisted,
  type PersistedMeta,
  parseApiVersion,
} from './objects.js';
export { applyPatch, applyPatchType, type PatchType, patchTypes } from './patch/apply-patch.js';
export type { PodParts, Violation } from './pod-security/check.js';
export { podSecurityViolations, violationDetails, violationReasons } from './pod-security/evaluate.js';
export {
  compareLevels,
  type LevelVersion,
  levelVersionText,
  type PodSecurityPolicy,
  podSecurityPolicyOf,
  sameLevelVersion,
} from './pod-security/level.js';
export { isMirror, mirrorAnnotation } from './pods/mirror.js';
export { type Amounts, addAmounts, podAmounts } from './pods/pod-amounts.js';
export { chargeQuotas, type QuotaRequest } from './quota/charge.js';
export { type CountedObjects, recountQuota } from './quota/recount.js';
export { quotaNamesOf } from './quota/tracked.js';
export { quotaUsageOf } from './quota/usage.js';
export { type ModelSchema, modelSchema, type Schema } from './schema/schema.js';
export {
  type FieldRequirement,
  fieldMatcher,
  fieldSelectorText,
  parseFieldSelector,
  requiredFieldValue,
} from './selectors/field-selector.js';
export { labelSelectorRequirements, labelSelectorText, matchesLabelSelector } from './selectors/label-selector.js';
export { parseLabelSelector, SelectorError } from './selectors/parse-label-selector.js';
export { matchesRequirements, type Requirement } from './selectors/requirement.js';
export { type DecodedObject, type DecodeOptions, decodeObject, type FieldValidation } from './strategy/decode-object.js';
export {
  applyDefaults,
  prepareForCreate,
  prepareForPartUpdate,
  prepareForStatusUpdate,
  prepareForUpdate,
} from './strategy/prepare.js';
export { checkCreate, checkPartUpdate, checkStatusUpdate, checkUpdate } from './strategy/validate.js';
export { applySchemaDefaults, dropForbiddenNulls } from './structural/apply-schema-defaults.js';
export { pruneObject } from './structural/prune.js';
export { additionalSchema, type StructuralSchema } from './structural/structural-schema.js';
export { fieldManagerBytesMax, isPrintable, validateFieldManager } from './validation/field-manager.js';
export { isIpv4, isIpv6 } from './validation/ip.js';
export {
  dns1035LabelProblems,
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  labelValueProblems,
  maskTrailingDash,
  qualifiedNameProblems,
} from './validation/names.js';
export { validateAnnotations, validateLabels } from './validation/object-meta.js';
export { goDurationText, parseGoDuration } from './values/go-duration.js';
export { compileGoRegexp } from './values/go-regexp.js';
export { type IntOrString, isPercent, scaledValue } from './values/int-or-string.js';
export {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  type Quantity,
  quantityMilliValue,
  quantityText,
  quantityValue,
} from './values/quantity.js';
export { microTimeText, parseTime, timeText } from './values/time.js';
