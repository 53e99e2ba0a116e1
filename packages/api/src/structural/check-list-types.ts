import { duplicate, type FieldError, invalid } from '../errors/field-error.js';
import { isRecord } from '../json.js';
import { additionalSchema, childPath, propertySchema, type StructuralSchema } from './structural-schema.js';

/** Items that are twice in a set, or that have the keys of another item of a map: x-kubernetes-list-type. */
export function checkListTypes(path: string, schema: StructuralSchema | undefined, value: unknown): FieldError[] {
  if (schema === undefined) return [];
  if (Array.isArray(value)) {
    return [
      ...checkList(path, schema, value),
      ...value.flatMap((item, index) => checkListTypes(`${path}[${index}]`, schema.items, item)),
    ];
  }
  if (!isRecord(value)) return [];
  const additional = additionalSchema(schema);
  return Object.entries(value).flatMap(([name, member]) => {
    if (additional !== undefined) return checkListTypes(`${path}[${name}]`, additional, member);
    return checkListTypes(childPath(path, name), propertySchema(schema, name), member);
  });
}

function checkList(path: string, schema: StructuralSchema, items: readonly unknown[]): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') return repeated(items).map((index) => duplicate(`${path}[${index}]`, items[index]));
  if (type !== 'map') return [];
  const stranger = items.findIndex((item) => item !== null && !isRecord(item));
  if (stranger >= 0) {
    return [invalid(`${path}[${stranger}]`, items[stranger], 'must be an object for an array of list-type map')];
  }
  const keys = items.map((item) => keyOf(item, schema['x-kubernetes-list-map-keys'] ?? []));
  return repeated(keys).map((index) => duplicate(`${path}[${index}]`, keys[index]));
}

function keyOf(item: unknown, names: readonly string[]): Record<string, unknown> {
  const key: Record<string, unknown> = {};
  if (isRecord(item)) for (const name of [...names].sort()) if (Object.hasOwn(item, name)) key[name] = item[name];
  return key;
}

/** The index of the second one of each. */
function repeated(items: readonly unknown[]): number[] {
  const times = new Map<string, number>();
  return items.flatMap((item, index) => {
    const text = JSON.stringify(sorted(item));
    const before = times.get(text) ?? 0;
    times.set(text, before + 1);
    return before === 1 ? [index] : [];
  });
}

/** The same members in the same order, so that equal objects have equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}
