import { applyPatchType, patchTypes } from '../patch/apply-patch.js';
import { scalarNames } from './model-names.js';
import type { Operation } from './operations.js';
import { reference, type SchemaContext, type SchemaObject } from './schema-object.js';

// What OpenAPI 2 and 3 write alike of an operation.

export const bodyTypes = ['application/json', 'application/yaml'];

/** Clients take the best that is listed: strategic merge patches need merge keys, which custom resources do not have. */
export function patchBodyTypes({ custom }: Operation): readonly string[] {
  const { json, merge, strategic } = patchTypes;
  return [json, merge, ...(custom ? [] : [strategic]), applyPatchType];
}

/** The `paths` of a document: operations by path and method. */
export function pathsOf(
  operations: readonly Operation[],
  describe: (operation: Operation) => SchemaObject,
): Record<string, Record<string, SchemaObject>> {
  const paths: Record<string, Record<string, SchemaObject>> = {};
  for (const operation of operations) {
    const item = paths[operation.path] ?? {};
    paths[operation.path] = item;
    item[operation.method] = describe(operation);
  }
  return paths;
}

/** @param content what an answer holds, besides its description */
export function responsesOf(codes: readonly number[], content: SchemaObject): SchemaObject {
  const descriptions: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };
  return Object.fromEntries([
    ...codes.map((code) => [code, { description: descriptions[code] ?? '', ...content }]),
    [401, { description: 'Unauthorized' }],
  ]);
}

/** The schema of a body; of plain text when there is no model. */
export function bodySchema(model: string | undefined, { names, dialect }: SchemaContext): SchemaObject {
  if (model === undefined) return { type: 'string' };
  const name = model === 'Patch' ? scalarNames.patch : names.get(model);
  return name === undefined ? { type: 'object' } : reference(name, dialect);
}
