import { StatusError, statusErrors } from '../errors/status-error.js';
import { cloneJson, equalJson, isRecord, jsonTypeName } from '../json.js';
import { elementAt, insertAt, parsePointer, removeAt, replaceAt } from './json-pointer.js';

/** As many as Kubernetes takes: each may copy a large part of the object. */
const jsonPatchOperationsMax = 10_000;
/** Characters of all that `copy` copies, as in Kubernetes: a document copied into itself doubles each time. */
const copiedCharactersMax = 3 * 1024 * 1024;
/** Items of lists that make room for others, or close the gap, in all operations together: about 200 ms of work. */
const movedItemsMax = 100_000_000;
/** As deep as a body may nest: a patch can build in a few bytes what would exhaust the stack later. */
const patchedDepthMax = 512;

type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: readonly string[]; readonly value: unknown }
  | { readonly op: 'move' | 'copy'; readonly path: readonly string[]; readonly from: readonly string[] }
  | { readonly op: 'remove'; readonly path: readonly string[] };

/**
 * RFC 6902. All operations or none.
 * @returns a new value
 * @throws StatusError BadRequest for what is no patch, Invalid when an operation cannot be applied
 */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  const operations = parse(patch);
  // The document itself can be replaced too, so it is a member of something.
  const document = [cloneJson(target)];
  const budget = { characters: copiedCharactersMax, moves: movedItemsMax };
  try {
    for (const operation of operations) {
      budget.moves -= apply(document, operation, budget);
      if (budget.moves < 0) throw new RangeError('moves too much');
    }
  } catch (error) {
    if (error instanceof RangeError) throw rejected();
    throw error;
  }
  const [result] = document;
  if (isDeeper(result, patchedDepthMax)) throw rejected();
  return result;
}

/** @returns how many items of lists had to move. @throws RangeError when there is nothing at a path, or no place for something */
function apply(document: unknown[], operation: Operation, budget: { characters: number }): number {
  const { op, path } = operation;
  switch (op) {
    case 'add':
      return add(document, path, cloneJson(operation.value));
    case 'replace':
      replaceAt(document, below(path), cloneJson(operation.value));
      return 0;
    case 'remove':
      return removeAt(document, below(path));
    case 'test':
      if (!equalJson(elementAt(document, below(path)), operation.value)) throw new RangeError('not equal');
      return 0;
    case 'move':
      return move(document, operation.from, path);
    case 'copy': {
      const value = elementAt(document, below(operation.from));
      budget.characters -= JSON.stringify(value).length;
      if (budget.characters < 0) throw new RangeError('copies too much');
      return add(document, path, cloneJson(value));
    }
  }
}

function below(path: readonly string[]): readonly string[] {
  return ['0', ...path];
}

function add(document: unknown[], path: readonly string[], value: unknown): number {
  if (path.length > 0) return insertAt(document, below(path), value);
  replaceAt(document, below(path), value);
  return 0;
}

function move(document: unknown[], from: readonly string[], path: readonly string[]): number {
  const isInside = path.length > from.length && from.every((part, i) => part === path[i]);
  if (isInside) throw new RangeError('moves a value into itself');
  const value = elementAt(document, below(from));
  const moved = from.length > 0 ? removeAt(document, below(from)) : 0;
  return moved + add(document, path, value);
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
  const member = (name: string) => (Object.hasOwn(operation, name) ? operation[name] : undefined);
  const texts = { op: member('op'), path: member('path'), from: member('from') };
  for (const [name, value] of Object.entries(texts)) {
    if (value !== undefined && typeof value !== 'string')
      throw undecodable(value, `struct field jsonPatchOp.${name} of type string`);
  }
  const path = pointer(texts.path);
  const value = member('value');
  switch (texts.op) {
    case 'move':
    case 'copy':
      return { op: texts.op, path, from: pointer(texts.from) };
    case 'remove':
      return { op: 'remove', path };
    case 'add':
    case 'replace':
    case 'test':
      if (value === undefined) throw rejected();
      return { op: texts.op, path, value };
    default:
      throw rejected();
  }
}

function pointer(text: unknown): readonly string[] {
  const parts = typeof text === 'string' ? parsePointer(text) : undefined;
  if (parts === undefined) throw rejected();
  return parts;
}

function isDeeper(root: unknown, levels: number): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
  return false;
}

function undecodable(value: unknown, target: string): StatusError {
  return statusErrors.badRequest(`error decoding patch: json: cannot unmarshal ${jsonTypeName(value)} into Go ${target}`);
}

/** Kubernetes does not say which operation it was. */
function rejected(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}
