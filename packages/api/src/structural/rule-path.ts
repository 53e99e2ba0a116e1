import { additionalSchema, propertySchema, type StructuralSchema } from './structural-schema.js';

/** `.spec.x['y']` as the names that it leads through; undefined when it is no such path. */
export function rulePathNames(path: string): readonly string[] | undefined {
  const names: string[] = [];
  const part = /\.([A-Za-z_][\w-]*)|\['((?:\\.|[^'\\])*)'\]/y;
  while (part.lastIndex < path.length) {
    const match = part.exec(path);
    if (match === null) return undefined;
    names.push(match[1] ?? (match[2] ?? '').replace(/\\(.)/g, '$1'));
  }
  return names.length === 0 ? undefined : names;
}

/** Where a path leads within a schema; lists cannot be passed. */
export function schemaAtPath(path: string, schema: StructuralSchema): StructuralSchema | undefined {
  let at: StructuralSchema | undefined = schema;
  for (const name of rulePathNames(path) ?? ['']) {
    if (at === undefined || at.items !== undefined) return undefined;
    at = propertySchema(at, name) ?? additionalSchema(at);
  }
  return at;
}

export function isValidRulePath(path: string, schema: StructuralSchema): boolean {
  return rulePathNames(path) !== undefined && schemaAtPath(path, schema) !== undefined;
}
