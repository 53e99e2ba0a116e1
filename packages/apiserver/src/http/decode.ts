import { isRecord, StatusError, statusErrors } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import { bodyBytesMax, bodyDepthMax, bodyObjectsMax } from '../limits.js';
import type { Exchange } from './exchange.js';
import { duplicateFields, scanJson } from './json-scan.js';
import { jsonType, protobufType, yamlType } from './negotiation.js';
import { parseYaml } from './parse-yaml.js';

/** A decoded body and what its parser noticed, such as duplicate fields. */
export interface Body {
  readonly value: unknown;
  readonly problems: readonly string[];
}

const noBody: Body = { value: undefined, problems: [] };
const bodyTypes: readonly string[] = [jsonType, yamlType, protobufType];
const patchTypes: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];

/**
 * Reads and decodes the body of a write.
 * @param wanted the kind, for the message about a body that cannot be read
 * @param model its schema's name, where that is not the kind's
 * @throws StatusError 400, 413 or 415
 */
export async function decodeBody(exchange: Exchange, wanted: string, model: string = wanted): Promise<Body> {
  const type = mediaTypeOf(exchange) || jsonType;
  if (!bodyTypes.includes(type)) throw statusErrors.unsupportedMediaType(bodyTypes);
  const bytes = await readBody(exchange);
  if (bytes.length === 0) return noBody;
  const body = type === protobufType ? await parseProtobuf(bytes, wanted, model) : parse(bytes, type, wanted);
  exchange.audit?.requestObject(body.value);
  return body;
}

/** Like `decodeBody`, for the patch formats: JSON, or YAML for an apply. */
export async function decodePatch(exchange: Exchange, wanted: string): Promise<Body & { readonly contentType: string }> {
  const contentType = mediaTypeOf(exchange);
  if (!patchTypes.includes(contentType)) throw statusErrors.unsupportedMediaType(patchTypes);
  const bytes = await readBody(exchange);
  if (bytes.length === 0) throw statusErrors.badRequest('error decoding patch: unexpected end of JSON input');
  const body = contentType.endsWith('+yaml') ? parseConfig(bytes, wanted) : parse(bytes, jsonType, wanted);
  exchange.audit?.requestObject(body.value);
  return { ...body, contentType };
}

const openingBrace = 0x7b;

/** Most programs send JSON as the YAML that it is too: reading it as JSON is many times faster. */
function parseConfig(bytes: Buffer, wanted: string): Body {
  if (bytes[0] !== openingBrace) return parse(bytes, yamlType, wanted);
  try {
    return parse(bytes, jsonType, wanted);
  } catch {
    return parse(bytes, yamlType, wanted); // a flow mapping that is no JSON
  }
}

function mediaTypeOf(exchange: Exchange): string {
  const header = exchange.header('content-type');
  if (header === undefined) return '';
  const end = header.indexOf(';');
  // A header without a type in it is a wrong type, not a missing one.
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase() || header;
}

/** @throws StatusError RequestEntityTooLarge as soon as the limit is passed, or the length announced passes it */
async function readBody(exchange: Exchange): Promise<Buffer> {
  const { request } = exchange;
  const tooLarge = () => statusErrors.requestEntityTooLarge(`limit is ${bodyBytesMax}`);
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge();
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw statusErrors.badRequest(`request content encoding ${JSON.stringify(encoding)} is not supported`);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  await new Promise<void>((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyBytesMax) {
        request.removeAllListeners('data');
        request.pause();
        reject(tooLarge());
        return;
      }
      chunks.push(chunk);
    });
    request.once('end', resolve);
    const onEnd = () => {
      if (!request.complete) reject(statusErrors.badRequest('unexpected EOF'));
    };
    request.once('error', onEnd);
    request.once('close', onEnd);
  });
  return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks, length);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(bytes: Buffer, type: string, wanted: string): Body {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw unrecognized(bytes, wanted, 'the body is not valid UTF-8');
  }
  return type === yamlType ? readYaml(text, bytes, wanted) : parseJson(text, bytes, wanted);
}

async function parseProtobuf(bytes: Buffer, wanted: string, model: string): Promise<Body> {
  const { decodeProtobuf, openEnvelope } = await import('./protobuf/decode-protobuf.js'); // its tables are only for Go clients
  try {
    const envelope = openEnvelope(bytes);
    // A body of another kind keeps what it says of itself, and is refused for that.
    if (envelope.kind !== wanted) return { value: { apiVersion: envelope.apiVersion, kind: envelope.kind }, problems: [] };
    const value = decodeProtobuf(envelope, model);
    checkObjects(countObjects(value));
    return { value, problems: [] };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw unrecognized(bytes, wanted, errorMessage(error));
  }
}

function parseJson(text: string, bytes: Buffer, wanted: string): Body {
  const { depth, objects, members } = scanJson(text, bodyDepthMax);
  checkObjects(objects);
  if (depth > bodyDepthMax) throw unrecognized(bytes, wanted, `json: exceeded max depth of ${bodyDepthMax}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = errorMessage(error);
    throw unrecognized(bytes, wanted, `couldn't get version/kind; json parse error: ${why}`);
  }
  // Counting is cheap, naming the duplicates is not: only a body that has some pays for it.
  const problems =
    countMembers(value) === members ? [] : duplicateFields(text).map((path) => `duplicate field ${JSON.stringify(path)}`);
  return { value, problems };
}

/** @throws StatusError RequestEntityTooLarge */
function checkObjects(count: number): void {
  if (count > bodyObjectsMax) throw statusErrors.requestEntityTooLarge(`limit is ${bodyObjectsMax} objects within the object`);
}

function countObjects(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = Array.isArray(value) ? 0 : 1;
  for (const member of Object.values(value)) count += countObjects(member);
  return count;
}

function countMembers(value: unknown): number {
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += countMembers(item);
  else if (isRecord(value)) {
    for (const key in value) count += 1 + countMembers(value[key]);
  }
  return count;
}

function readYaml(text: string, bytes: Buffer, wanted: string): Body {
  if (yamlDepthExceeds(text)) throw unrecognized(bytes, wanted, `yaml: exceeded max depth of ${bodyDepthMax}`);
  try {
    const body = parseYaml(text);
    checkObjects(countObjects(body.value));
    return body;
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw unrecognized(bytes, wanted, `couldn't get version/kind; yaml: ${why}`);
  }
}

/** Every level takes an opening bracket or one more column of indentation, or a dash, on its line: an upper bound, without parsing. */
function yamlDepthExceeds(text: string): boolean {
  let flow = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5b || code === 0x7b) flow += 1;
    else if (code === 0x5d || code === 0x7d) flow = Math.max(0, flow - 1);
    if (flow > bodyDepthMax) return true;
  }
  return text.split('\n').some((line) => (/^[ \-?:]*/.exec(line)?.[0].length ?? 0) > 2 * bodyDepthMax);
}

function unrecognized(bytes: Buffer, wanted: string, why: string): Error {
  return statusErrors.badRequest(`the object provided is unrecognized (must be of type ${wanted}): ${why} (${summary(bytes)})`);
}

const summaryBytesMax = 30;

/** The start of the body: as text when it looks like JSON, else in hexadecimal, as Kubernetes shows it. */
function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const start = bytes.subarray(0, summaryBytesMax);
  const text = bytes[0] === 0x7b ? start.toString('utf8') : start.toString('hex');
  return bytes.length > summaryBytesMax ? `${text} ...` : text;
}
