import type { JSONSchemaProps, ValidationRule } from '../generated/types.js';

type Nested =
  | 'items'
  | 'additionalProperties'
  | 'properties'
  | 'allOf'
  | 'anyOf'
  | 'oneOf'
  | 'not'
  | 'x-kubernetes-validations'
  | 'additionalItems'
  | 'dependencies'
  | 'definitions'
  | 'patternProperties'
  | '$ref';

/**
 * The schema of a custom resource's version: JSONSchemaProps as it stands in the CustomResourceDefinition, once
 * `checkStructural` has found that every member has one type, that `items` is one schema, and that there are no references.
 */
export interface StructuralSchema extends Omit<JSONSchemaProps, Nested> {
  readonly items?: StructuralSchema;
  /** Every other member's schema; `true` allows anything there, `false` nothing. */
  readonly additionalProperties?: StructuralSchema | boolean;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** The members of every object that the schema of a resource leaves to Kubernetes. */
export const metaMembers: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** The schema that `properties` has for a member. A user may well name one `constructor`. */
export function propertySchema(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  const properties = schema?.properties;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** The schema of members that `properties` does not name. */
export function additionalSchema(schema: StructuralSchema | undefined): StructuralSchema | undefined {
  const additional = schema?.additionalProperties;
  return typeof additional === 'object' ? additional : undefined;
}

export function memberSchema(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  return propertySchema(schema, name) ?? additionalSchema(schema);
}

/** Where a member lies: `spec`, `spec.x`; and `spec[key]` for a member of a map, as Kubernetes' field paths have it. */
export function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
