import type { Definition } from '../definition.js';
import { statusErrors } from '../errors/status-error.js';
import { jsonTypeName } from '../json.js';
import { jsonMergePatch } from './json-merge-patch.js';
import { jsonPatch } from './json-patch.js';
import { strategicMergePatch } from './strategic-merge-patch.js';

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/** Server-side apply: not applied to an object by itself, but together with who owns what. */
export const applyPatchType = 'application/apply-patch+yaml';

export type PatchType = (typeof patchTypes)[keyof typeof patchTypes];

/**
 * @param patch the request's body, parsed
 * @returns a new object that may share parts with the target, to be decoded (which copies), defaulted and validated as an update's body is
 * @throws StatusError
 */
export function applyPatch(definition: Pick<Definition, 'model'>, type: PatchType, target: object, patch: unknown): unknown {
  switch (type) {
    case patchTypes.json:
      return jsonPatch(target, patch);
    case patchTypes.merge:
      if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
        const type = jsonTypeName(patch);
        throw statusErrors.badRequest(
          `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
        );
      }
      return jsonMergePatch(target, patch);
    case patchTypes.strategic:
      return strategicMergePatch(definition.model, target, patch);
  }
}
