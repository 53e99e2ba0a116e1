import { type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import { isRecord } from '../json.js';
import { checkListSchema } from './check-list-schema.js';
import { checkRules } from './check-rules.js';
import { metaMembers, type StructuralSchema } from './structural-schema.js';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** Why a schema may not have a default here; undefined: it may. */
type NoDefault = string | undefined;

interface Scope {
  readonly root: boolean;
  readonly insideMeta: boolean;
  readonly noDefault: NoDefault;
}

/** What OpenAPI allows and a CustomResourceDefinition does not. Runs on whatever the client sent. */
export function checkSchema(path: string, schema: StructuralSchema): FieldError[] {
  return check(path, schema, { root: true, insideMeta: false, noDefault: undefined });
}

function check(path: string, schema: StructuralSchema, scope: Scope): FieldError[] {
  return [
    ...checkUnsupported(path, schema, scope),
    ...checkBelow(path, schema, scope),
    ...checkExtensions(path, schema),
    ...checkListSchema(path, schema),
    ...checkRules(path, schema),
  ];
}

const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'];

function checkUnsupported(path: string, schema: StructuralSchema, { insideMeta, noDefault }: Scope): FieldError[] {
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  if (type !== '' && !types.includes(type)) errors.push(notSupported(`${path}.type`, type, types));
  if (schema.default !== undefined && noDefault !== undefined) {
    errors.push(forbidden(`${path}.default`, `must not be set ${noDefault}`));
  }
  for (const name of unsupported) {
    const value: unknown = Reflect.get(schema, name);
    const empty = value === undefined || value === '' || (isRecord(value) && Object.keys(value).length === 0);
    if (!empty) errors.push(forbidden(`${path}.${name}`, `${name} is not supported`));
  }
  if (type === 'null') errors.push(forbidden(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'));
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(`${path}.items`, 'items must be a schema object and not an array'));
  }
  if (insideMeta && schema['x-kubernetes-embedded-resource'] === true) {
    errors.push(forbidden(`${path}.x-kubernetes-embedded-resource`, 'must not be used inside of resource meta'));
  }
  if (schema.uniqueItems === true) {
    const why = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbidden(`${path}.uniqueItems`, why));
  }
  return errors;
}

function checkBelow(path: string, schema: StructuralSchema, scope: Scope): FieldError[] {
  const { properties = {}, additionalProperties: additional, items, allOf = [], anyOf = [], oneOf = [], not } = schema;
  const below = { ...scope, root: false };
  const errors: FieldError[] = [];
  if (additional !== undefined && additional !== true && Object.keys(properties).length > 0) {
    errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  if (isRecord(additional)) {
    const noDefault = scope.insideMeta ? 'inside additionalProperties applying to object metadata' : scope.noDefault;
    errors.push(...check(`${path}.additionalProperties`, additional, { ...below, noDefault }));
  }
  for (const [name, property] of Object.entries(properties)) {
    const isMeta = (scope.root || schema['x-kubernetes-embedded-resource'] === true) && metaMembers.has(name);
    const inside = {
      root: false,
      insideMeta: scope.insideMeta || isMeta,
      noDefault: scope.root && isMeta ? `in top-level ${name}` : scope.noDefault,
    };
    errors.push(...check(`${path}.properties[${name}]`, property, inside));
  }
  if (isRecord(items)) errors.push(...check(`${path}.items`, items, below));
  if (not !== undefined) errors.push(...check(`${path}.not`, not, below));
  const lists = { allOf, oneOf, anyOf };
  for (const [name, schemas] of Object.entries(lists)) {
    errors.push(...schemas.flatMap((nested, index) => check(`${path}.${name}[${index}]`, nested, below)));
  }
  return errors;
}

function checkExtensions(path: string, schema: StructuralSchema): FieldError[] {
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  const mapType = schema['x-kubernetes-map-type'];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  if (mapType !== undefined && type !== 'object') {
    const why = 'must be object if x-kubernetes-map-type is specified';
    errors.push(type === '' ? required(`${path}.type`, why) : invalid(`${path}.type`, type, why));
  }
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  }
  return errors;
}
