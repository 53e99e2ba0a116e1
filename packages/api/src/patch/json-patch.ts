import { applyPatch, type Operation } from 'rfc6902';
import { StatusError, statusErrors } from '../errors/status-error.js';
import { cloneJson, isRecord, jsonTypeName } from '../json.js';

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
  const errors = applyPatch(document, parse(patch).map(belowRoot));
  if (errors.some((error) => error !== null)) throw rejected();
  return document.root;
}

/** rfc6902 cannot replace the document itself, so it is given one level more. */
function belowRoot(operation: Operation): Operation {
  const moved: Record<string, unknown> = { ...operation, path: `/root${operation.path}` };
  if ('from' in operation) moved['from'] = `/root${operation.from}`;
  return moved as unknown as Operation; // the same operation with longer pointers
}

function parse(patch: unknown): readonly Operation[] {
  if (!Array.isArray(patch)) throw undecodable(patch, 'value of type []handlers.jsonPatchOp');
  if (patch.length > jsonPatchOperationsMax) {
    throw statusErrors.requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${jsonPatchOperationsMax}, got ${patch.length}`,
    );
  }
  return patch.map(parseOperation);
}

function parseOperation(operation: unknown): Operation {
  if (!isRecord(operation)) throw undecodable(operation, 'value of type handlers.jsonPatchOp');
  const { op, path, from, value } = operation;
  for (const [name, member] of Object.entries({ op, path, from })) {
    if (member !== undefined && typeof member !== 'string')
      throw undecodable(member, `struct field jsonPatchOp.${name} of type string`);
  }
  if (typeof op !== 'string' || !operations.has(op) || !isPointer(path)) throw rejected();
  if (op === 'move' || op === 'copy') {
    if (!isPointer(from)) throw rejected();
    return { op, path, from };
  }
  if (op === 'remove') return { op, path };
  if (value === undefined) throw rejected();
  return { op, path, value } as Operation; // add, replace or test: the set has no other
}

function isPointer(text: unknown): text is string {
  return typeof text === 'string' && (text === '' || text.startsWith('/'));
}

function undecodable(value: unknown, target: string): StatusError {
  return statusErrors.badRequest(`error decoding patch: json: cannot unmarshal ${jsonTypeName(value)} into Go ${target}`);
}

/** Kubernetes does not say which operation it was. */
function rejected(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
