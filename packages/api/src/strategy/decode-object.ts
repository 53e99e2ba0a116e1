import { decodeCustom } from '../custom/decode-custom.js';
import type { Definition } from '../definition.js';
import { statusErrors } from '../errors/status-error.js';
import { isRecord, jsonTypeName } from '../json.js';
import { apiVersionOf, type Draft, type KubernetesObject } from '../objects.js';
import { DecodeError, decodeModel } from '../schema/decode.js';
import { modelSchema } from '../schema/schema.js';

/** A request's fieldValidation: what happens to members that the schema does not know. They are never stored. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface DecodedObject {
  readonly object: Draft<KubernetesObject>;
  /** For the response's Warning headers. */
  readonly warnings: readonly string[];
}

export interface DecodeOptions {
  readonly fieldValidation?: FieldValidation;
  /** Members that the body had twice, as its parser found them: `duplicate field "spec.replicas"` is said of them. */
  readonly duplicateFields?: readonly string[];
}

type Decodable = Pick<Definition, 'group' | 'version' | 'kind' | 'model' | 'schema'>;

/**
 * A request's body as an object of its kind, before defaults.
 * The object's own apiVersion and kind, where it has them, must be the definition's.
 * @throws StatusError BadRequest
 */
export function decodeObject(definition: Decodable, input: unknown, options: DecodeOptions = {}): DecodedObject {
  const { fieldValidation = 'Warn', duplicateFields = [] } = options;
  if (!isRecord(input)) {
    throw statusErrors.badRequest(`couldn't get version/kind; json parse error: the body is not an object`);
  }
  checkKind(definition, input);
  try {
    const { value, unknownFields } = decodeAs(definition, input);
    const problems = [
      ...unknownFields.map((path) => `unknown field ${JSON.stringify(path)}`),
      ...duplicateFields.map((path) => `duplicate field ${JSON.stringify(path)}`),
    ];
    if (fieldValidation === 'Strict' && problems.length > 0)
      throw new DecodeError(`strict decoding error: ${problems.join(', ')}`);
    return { object: complete(definition, value), warnings: fieldValidation === 'Warn' ? problems : [] };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { kind, version } = definition;
    throw statusErrors.badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${error.message}`,
    );
  }
}

function decodeAs({ schema, model }: Decodable, input: Record<string, unknown>) {
  return schema === undefined ? decodeModel(model, input) : decodeCustom(schema, input);
}

function checkKind(definition: Decodable, input: Record<string, unknown>): void {
  const wanted = apiVersionOf(definition);
  const apiVersion = typeOfBody(input, 'apiVersion') ?? wanted;
  const kind = typeOfBody(input, 'kind') ?? definition.kind;
  if (apiVersion !== wanted) {
    throw statusErrors.badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${wanted})`,
    );
  }
  if (kind === definition.kind) return;
  const internal = `${definition.group === '' ? 'core' : definition.group.replace(/\..*/, '')}.${definition.kind}`;
  const why = `converting (${definition.version}.${kind}) to (${internal}): unknown conversion`;
  throw statusErrors.badRequest(`${kind} in version "${definition.version}" cannot be handled as a ${definition.kind}: ${why}`);
}

/** What the body says of itself; undefined when it says nothing. */
function typeOfBody(input: Record<string, unknown>, name: 'apiVersion' | 'kind'): string | undefined {
  const value = Object.hasOwn(input, name) ? (input[name] ?? undefined) : undefined;
  if (value === undefined || typeof value === 'string') return value;
  const why = `cannot unmarshal ${jsonTypeName(value)} into Go struct field .${name} of type string`;
  throw statusErrors.badRequest(`couldn't get version/kind; json parse error: json: ${why}`);
}

/** Go writes the structs of metadata, spec and status even when they are empty, and everybody reads them unasked. */
function complete(definition: Decodable, value: Record<string, unknown>): Draft<KubernetesObject> {
  const own = { kind: definition.kind, apiVersion: apiVersionOf(definition) };
  const object: Record<string, unknown> = { ...own, ...value, ...own };
  if (definition.schema !== undefined) {
    object['metadata'] ??= {};
    return object;
  }
  const { fields } = modelSchema(definition.model);
  for (const name of ['metadata', 'spec', 'status']) {
    if (fields.get(name)?.type === 'ref') object[name] ??= {};
  }
  return object;
}
