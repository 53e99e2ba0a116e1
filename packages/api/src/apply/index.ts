export { type Applied, applyConfig } from './apply-config.js';
export type { ApplySchema } from './apply-schema.js';
export { configProblems } from './check-config.js';
export { goText } from './go-text.js';
export { modelApplySchema as applySchemaOfModel } from './model-apply-schema.js';
export type { OtherVersion, Ownership } from './ownership.js';
export { applySchemaOf, emptyObjectOf, resetFieldsOf } from './reset-fields.js';
export { structuralApplySchema } from './structural-apply-schema.js';
export { ownersAfterUpdate, sameOwners } from './update-owners.js';
