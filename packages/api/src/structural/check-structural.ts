import { type FieldError, fieldErrorText, forbidden, invalid, required } from '../errors/field-error.js';
import { equalJson } from '../json.js';
import { compilePattern } from './patterns.js';
import { additionalSchema, propertySchema, type StructuralSchema } from './structural-schema.js';

type Level = 'root' | 'item' | 'field';

/**
 * Whether a schema is structural: every member and item has a type outside of the junctors (allOf, anyOf, oneOf, not), which only
 * say more about values; metadata is left to Kubernetes. Source: "Specifying a structural schema" of the CustomResourceDefinition guide.
 */
export function checkStructural(path: string, schema: StructuralSchema): FieldError[] {
  return [...checkInvariants(path, schema, 'root'), ...checkComplete(path, schema)].sort((a, b) =>
    fieldErrorText(a) < fieldErrorText(b) ? -1 : 1,
  );
}

function checkInvariants(path: string, schema: StructuralSchema, level: Level): FieldError[] {
  const { items, properties = {} } = schema;
  const additional = additionalSchema(schema);
  const errors: FieldError[] = [];
  if (schema.type === 'array' && items === undefined) errors.push(required(`${path}.items`, 'must be specified'));
  if (items !== undefined) errors.push(...checkInvariants(`${path}.items`, items, 'item'));
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...checkInvariants(`${path}.properties[${name}]`, property, 'field'));
  }
  if (schema.additionalProperties !== undefined && level === 'root') {
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'));
  }
  if (additional !== undefined) errors.push(...checkInvariants(`${path}.additionalProperties`, additional, 'field'));
  return [
    ...errors,
    ...checkExtensions(path, schema),
    ...checkValues(path, schema, intOrStringIn(schema)),
    ...checkType(path, schema, level),
    ...checkMeta(path, schema, level),
  ];
}

function checkExtensions(path: string, schema: StructuralSchema): FieldError[] {
  if (schema['x-kubernetes-int-or-string'] !== true) return [];
  const excluded = ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const;
  return excluded.flatMap((name) =>
    schema[name] === true ? [invalid(`${path}.${name}`, true, 'must be false if x-kubernetes-int-or-string is true')] : [],
  );
}

const emptyType = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
} as const;

function checkType(path: string, schema: StructuralSchema, level: Level): FieldError[] {
  const { type = '' } = schema;
  const errors: FieldError[] = [];
  const untyped = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (schema['x-kubernetes-embedded-resource'] === true && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? required(`${path}.type`, why) : invalid(`${path}.type`, type, why));
  } else if (type === '' && !untyped) {
    errors.push(required(`${path}.type`, emptyType[level]));
  }
  if (level === 'root' && type !== '' && type !== 'object')
    errors.push(invalid(`${path}.type`, type, 'must be object at the root'));
  return errors;
}

function checkMeta(path: string, schema: StructuralSchema, level: Level): FieldError[] {
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const isResource = level === 'root' || embedded;
  const errors: FieldError[] = [];
  if (embedded && schema.additionalProperties !== undefined) {
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'));
  }
  for (const name of isResource ? ['kind', 'apiVersion'] : []) {
    const type = propertySchema(schema, name)?.type;
    if (propertySchema(schema, name) !== undefined && type !== 'string') {
      errors.push(invalid(`${path}.properties[${name}].type`, type ?? '', 'must be string'));
    }
  }
  const metadata = propertySchema(schema, 'metadata');
  if (metadata !== undefined && isResource && metadata.type !== 'object') {
    errors.push(invalid(`${path}.properties[metadata].type`, metadata.type ?? '', 'must be object'));
  }
  if (metadata !== undefined && level === 'root' && !restrictsNamesOnly(metadata)) {
    const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbidden(`${path}.properties[metadata]`, why));
  }
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (embedded && !open && Object.keys(schema.properties ?? {}).length === 0) {
    const why = 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(`${path}.properties`, why));
  }
  return errors;
}

function restrictsNamesOnly(metadata: StructuralSchema): boolean {
  const { type, default: byDefault, properties = {}, ...rest } = metadata;
  const named = Object.keys(properties).every((name) => name === 'name' || name === 'generateName');
  return named && Object.keys(rest).length === 0;
}

const intOrString = [{ type: 'integer' }, { type: 'string' }];

interface Exempt {
  readonly anyOf: boolean;
  readonly firstAllOf: boolean;
}
const nothingExempt: Exempt = { anyOf: false, firstAllOf: false };

/** The two forms in which controller-gen writes int-or-string with types in an anyOf. */
function intOrStringIn(schema: StructuralSchema): Exempt {
  const exempt = schema['x-kubernetes-int-or-string'] === true;
  return {
    anyOf: exempt && equalJson(schema.anyOf, intOrString),
    firstAllOf: exempt && equalJson(schema.allOf?.[0]?.anyOf, intOrString),
  };
}

function checkValues(path: string, schema: StructuralSchema, exempt: Exempt): FieldError[] {
  const { pattern } = schema;
  const errors = nestedOf(path, schema).flatMap(([at, nested]) => {
    if (exempt.anyOf && at.startsWith(`${path}.anyOf`)) return [];
    return checkNested(at, nested, { anyOf: exempt.firstAllOf && at === `${path}.allOf[0]`, firstAllOf: false });
  });
  if (pattern !== undefined && pattern !== '' && compilePattern(pattern) === undefined) {
    const why = `must be a valid regular expression, but isn't: error parsing regexp: ${JSON.stringify(pattern)}`;
    errors.push(invalid(`${path}.pattern`, pattern, why));
  }
  return errors;
}

/** What a junctor may not say, with why: structure belongs outside. */
const forbiddenInside: readonly (readonly [keyof StructuralSchema, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

function checkNested(path: string, schema: StructuralSchema, exempt: Exempt = nothingExempt): FieldError[] {
  const errors = checkValues(path, schema, exempt);
  if (schema.items !== undefined) errors.push(...checkNested(`${path}.items`, schema.items));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...checkNested(`${path}.properties[${name}]`, property));
  }
  for (const [name, why] of forbiddenInside) if (isSet(schema[name])) errors.push(forbidden(`${path}.${name}`, why));
  if (propertySchema(schema, 'metadata') !== undefined) {
    errors.push(forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  }
  return errors;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== false && !(Array.isArray(value) && value.length === 0);
}

/** The schemas of the junctors, each with its path. */
function nestedOf(path: string, { allOf = [], anyOf = [], oneOf = [], not }: StructuralSchema): [string, StructuralSchema][] {
  const list = (name: string, schemas: readonly StructuralSchema[]) =>
    schemas.map((schema, index): [string, StructuralSchema] => [`${path}.${name}[${index}]`, schema]);
  return [
    ...(not === undefined ? [] : [[`${path}.not`, not] as [string, StructuralSchema]]),
    ...list('allOf', allOf),
    ...list('anyOf', anyOf),
    ...list('oneOf', oneOf),
  ];
}

/** Everything that junctors speak of has to be there outside of them as well. */
function checkComplete(path: string, schema: StructuralSchema): FieldError[] {
  const additional = additionalSchema(schema);
  return [
    ...nestedOf(path, schema).flatMap(([at, nested]) => checkCovered(path, schema, at, nested)),
    ...(schema.items === undefined ? [] : checkComplete(`${path}.items`, schema.items)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
      checkComplete(`${path}.properties[${name}]`, property),
    ),
    ...(additional === undefined ? [] : checkComplete(`${path}.additionalProperties`, additional)),
  ];
}

function checkCovered(path: string, schema: StructuralSchema | undefined, at: string, nested: StructuralSchema): FieldError[] {
  if (schema === undefined) return [required(path, `because it is defined in ${at}`)];
  return [
    ...nestedOf(at, nested).flatMap(([below, inner]) => checkCovered(path, schema, below, inner)),
    ...(nested.items === undefined ? [] : checkCovered(`${path}.items`, schema.items, `${at}.items`, nested.items)),
    ...Object.entries(nested.properties ?? {}).flatMap(([name, property]) => {
      const below = `properties[${name}]`;
      return checkCovered(`${path}.${below}`, propertySchema(schema, name), `${at}.${below}`, property);
    }),
  ];
}
