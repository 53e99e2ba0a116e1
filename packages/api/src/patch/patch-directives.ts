import { type StatusError, statusErrors } from '../errors/status-error.js';
import type { Schema } from '../schema/schema.js';

/** Merges one object of a patch into one of the target; without a schema, lists are replaced. */
export type MergeMaps = (
  target: Record<string, unknown>,
  patch: Record<string, unknown>,
  schema: Schema | undefined,
) => Record<string, unknown>;

const setElementOrder = '$setElementOrder/';
const deleteFromPrimitiveList = '$deleteFromPrimitiveList/';

/** Members of a patch that speak about another member beside them. */
export const directives = {
  setElementOrder: (field: string): string => `${setElementOrder}${field}`,
  deleteFromPrimitiveList: (field: string): string => `${deleteFromPrimitiveList}${field}`,
  /** The member that a key of a patch is about. */
  fieldOf: (key: string): string => {
    for (const prefix of [setElementOrder, deleteFromPrimitiveList]) if (key.startsWith(prefix)) return key.slice(prefix.length);
    return key;
  },
};

export function badPatch(message: string): StatusError {
  return statusErrors.badRequest(message);
}
