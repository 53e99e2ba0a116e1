import { cloneJson, isRecord, setMember } from '../json.js';

/**
 * RFC 7386: members of the patch replace those of the target, null removes them, objects are merged.
 * @returns a new value; neither argument is changed, and what the patch does not touch is shared with the target
 */
export function jsonMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return cloneJson(patch);
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setMember(result, key, jsonMergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}
