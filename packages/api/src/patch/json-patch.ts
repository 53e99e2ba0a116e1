import { applyPatch, type Operation } from 'rfc6902';
import { StatusError, statusErrors } from '../errors/status-error.js';
import { cloneJson, isRecord } from '../json.js';

/** As many as Kubernetes takes: each may copy a large part of the object. */
const jsonPatchOperationsMax = 10_000;

const operations = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/**
 * RFC 6902. All operations or none.
 * @returns a new value
 * @throws StatusError BadRequest for what is no patch, Invalid when an operation cannot be applied
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  const document = { root: cloneJson(target) };
  const parsed = parse(patch).map(belowRoot);
  const errors = applyPatch(document, parsed);
  const failed = errors.findIndex((error) => error !== null);
  if (failed >= 0) throw rejected(parsed[failed], errors[failed]?.name);
  return document.root;
}

/** rfc6902 cannot replace the document itself, so it is given one level more. */
function belowRoot(operation: Operation): Operation {
  const moved: Record<string, unknown> = { ...operation, path: `/root${operation.path}` };
  if ('from' in operation) moved['from'] = `/root${operation.from}`;
  return moved as unknown as Operation; // the same operation with longer pointers
}

function parse(patch: unknown): readonly Operation[] {
  if (!Array.isArray(patch)) {
    const type = isRecord(patch) ? 'object' : typeof patch;
    throw statusErrors.badRequest(`error decoding patch: json: cannot unmarshal ${type} into Go value of type jsonpatch.Patch`);
  }
  if (patch.length > jsonPatchOperationsMax) {
    throw statusErrors.requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${jsonPatchOperationsMax}, got ${patch.length}`,
    );
  }
  return patch.map(parseOperation);
}

function parseOperation(operation: unknown): Operation {
  const { op, path, from, value } = isRecord(operation) ? operation : {};
  if (typeof op !== 'string' || !operations.has(op)) throw statusErrors.badRequest(`Unexpected kind: ${String(op)}`);
  if (typeof path !== 'string' || !isPointer(path)) {
    throw statusErrors.badRequest(`${op} operation does not apply: a JSON pointer is expected, not ${JSON.stringify(path)}`);
  }
  if (op === 'move' || op === 'copy') {
    if (typeof from !== 'string' || !isPointer(from)) {
      throw statusErrors.badRequest(`${op} operation does not apply: from is no JSON pointer: ${JSON.stringify(from)}`);
    }
    return { op, path, from };
  }
  if (op === 'remove') return { op, path };
  if (value === undefined) throw statusErrors.badRequest(`${op} operation does not apply: it has no value`);
  return { op, path, value } as Operation; // add, replace or test: the set has no other
}

function isPointer(text: string): boolean {
  return text === '' || text.startsWith('/');
}

function rejected(operation: Operation | undefined, why: string | undefined): StatusError {
  const path = operation?.path.slice('/root'.length) ?? '';
  const message =
    why === 'TestError'
      ? `testing value ${path} failed`
      : `${operation?.op} operation does not apply: doc is missing path: ${JSON.stringify(path)}`;
  return new StatusError(422, 'Invalid', `the server rejected our request due to an error in our request: ${message}`, {});
}
