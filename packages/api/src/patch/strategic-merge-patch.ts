import { cloneJson, isRecord, setMember } from '../json.js';
import { listRule } from '../schema/list-rules.js';
import { modelSchema, type Schema } from '../schema/schema.js';
import { mergeList } from './merge-list.js';
import { badPatch, directives, type MergeMaps } from './patch-directives.js';

/**
 * Kubernetes' own patch: like a JSON merge patch, but lists whose items have a key are merged item by item, and directives
 * ($patch, $retainKeys, $setElementOrder, $deleteFromPrimitiveList) say what plain JSON cannot.
 * Source: "Strategic Merge Patch" of the Kubernetes API conventions.
 * @param model the schema of `target`, whose list rules apply
 * @returns a new object that may share parts with the target
 * @throws StatusError BadRequest
 */
export function strategicMergePatch(model: string, target: unknown, patch: unknown): Record<string, unknown> {
  if (!isRecord(patch)) throw badPatch('json: cannot unmarshal array into Go value of type map[string]interface {}');
  return mergeMaps(isRecord(target) ? target : {}, patch, { type: 'ref', model });
}

const mergeMaps: MergeMaps = (target, patch, schema) => {
  const { $patch: directive, $retainKeys: retainKeys, ...rest } = patch;
  if (directive === 'replace') return stripped(rest);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') {
    throw badPatch(`Unknown patch type found: ${JSON.stringify(directive)}`);
  }
  const result: Record<string, unknown> = retain({ ...target }, rest, retainKeys);
  const fields = new Set(Object.keys(rest).map((key) => directives.fieldOf(key)));
  for (const field of fields) {
    const value = mergeMember(result, rest, field, schema);
    if (value === undefined) delete result[field];
    else setMember(result, field, value);
  }
  return result;
};

function mergeMember(
  target: Record<string, unknown>,
  patch: Record<string, unknown>,
  field: string,
  schema: Schema | undefined,
): unknown {
  const value = Object.hasOwn(patch, field) ? patch[field] : undefined;
  const before = Object.hasOwn(target, field) ? target[field] : undefined;
  if (value === null) return undefined;
  const memberSchema = memberOf(schema, field);
  const rule = schema?.type === 'ref' ? listRule(schema.model, field) : undefined;
  const merges = rule?.patchStrategy?.startsWith('merge') === true;
  const order = patch[directives.setElementOrder(field)];
  const deletions = patch[directives.deleteFromPrimitiveList(field)];
  if (merges && (Array.isArray(value) || order !== undefined || deletions !== undefined)) {
    const items = memberSchema?.type === 'list' ? memberSchema.of : undefined;
    const result = mergeList({ before, value, order, deletions, mergeKey: rule?.patchMergeKey, field, items }, mergeMaps);
    return result.length === 0 && before === undefined && value === undefined ? undefined : result;
  }
  if (!isRecord(value)) return value === undefined ? before : cloneJson(value);
  if (rule?.patchStrategy === 'replace') return stripped(value);
  return mergeMaps(isRecord(before) ? before : {}, value, memberSchema);
}

function memberOf(schema: Schema | undefined, field: string): Schema | undefined {
  if (schema?.type === 'ref') return modelSchema(schema.model).fields.get(field);
  return schema?.type === 'map' ? schema.of : undefined;
}

/** $retainKeys names all members that stay: a union's other arms go. */
function retain(target: Record<string, unknown>, patch: Record<string, unknown>, retainKeys: unknown): Record<string, unknown> {
  if (retainKeys === undefined) return target;
  if (!Array.isArray(retainKeys)) throw badPatch('invalid patch format of retainKeys');
  const kept = new Set<unknown>(retainKeys);
  const missing = Object.entries(patch).some(([key, value]) => !key.startsWith('$') && value !== null && !kept.has(key));
  if (missing) throw badPatch('$retainKeys list must contain all fields present in the patch');
  return Object.fromEntries(Object.entries(target).filter(([key]) => kept.has(key)));
}

/** A replacement, without the directives and nulls that it may hold further down. */
function stripped(value: Record<string, unknown>): Record<string, unknown> {
  return mergeMaps({}, value, undefined);
}
