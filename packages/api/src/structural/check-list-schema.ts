import { type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import { isRecord } from '../json.js';
import { repeated } from '../validation/repeated.js';
import { propertySchema, type StructuralSchema } from './structural-schema.js';

/** Whether x-kubernetes-list-type and x-kubernetes-list-map-keys fit the list that they stand at. */
export function checkListSchema(path: string, schema: StructuralSchema): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  if (listType !== undefined && type !== 'array') {
    const why = 'must be array if x-kubernetes-list-type is specified';
    errors.push(type === '' ? required(`${path}.type`, why) : invalid(`${path}.type`, type, why));
  } else if (listType === 'set') {
    errors.push(...checkSetItems(`${path}.items`, schema.items));
  }
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType)) {
    errors.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  }
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const field = `${path}.x-kubernetes-list-type`;
    errors.push(listType === undefined ? required(field, why) : invalid(field, listType, why));
  }
  if (listType === 'map') errors.push(...checkMapItems(path, schema, keys));
  if (listType === 'map' || listType === 'set') errors.push(...checkNullable(path, schema, listType, keys));
  return errors;
}

function checkSetItems(path: string, items: StructuralSchema | undefined): FieldError[] {
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  if (items?.type === 'array') {
    const inner = items['x-kubernetes-list-type'];
    return inner === undefined || inner === 'atomic' ? [] : [invalid(`${path}.x-kubernetes-list-type`, inner, why)];
  }
  if (items?.type !== 'object' || items['x-kubernetes-map-type'] === 'atomic') return [];
  return [invalid(`${path}.x-kubernetes-map-type`, items['x-kubernetes-map-type'], why)];
}

function checkMapItems(path: string, { items }: StructuralSchema, keys: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  const keysAt = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.push(required(keysAt, 'must not be empty if x-kubernetes-list-type is map'));
  if (items === undefined) {
    return [...errors, required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  }
  if (!isRecord(items)) {
    return [...errors, invalid(`${path}.items`, items, 'must only have a single schema if x-kubernetes-list-type is map')];
  }
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(`${path}.items.type`, items.type ?? '', why)];
  }
  const strangers = keys.filter((key) => propertySchema(items, key) === undefined);
  // Each once, for they show all keys.
  if (strangers.length > 0) errors.push(invalid(keysAt, keys, 'entries must all be names of item properties'));
  for (const key of keys) {
    const property = propertySchema(items, key);
    if (property?.type === 'array' || property?.type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalid(`${path}.items.properties[${key}].type`, items.type, why));
    }
  }
  if (repeated(keys).size > 0) errors.push(invalid(keysAt, keys, 'must not contain duplicate entries'));
  return errors;
}

function checkNullable(path: string, { items }: StructuralSchema, listType: string, keys: readonly string[]): FieldError[] {
  if (items === undefined || Array.isArray(items)) return [];
  const errors: FieldError[] = [];
  if (items.nullable === true) {
    errors.push(forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  }
  for (const key of listType === 'map' ? keys : []) {
    const property = propertySchema(items, key);
    if (property === undefined) continue;
    const at = `${path}.items.properties[${key}]`;
    if (!(items.required ?? []).includes(key) && property.default === undefined) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(`${at}.default`, why));
    }
    if (property.nullable === true) {
      errors.push(forbidden(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'));
    }
  }
  return errors;
}
