import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createGzip, gzip } from 'node:zlib';
import {
  type Definition,
  invalid,
  type KubernetesObject,
  partialObjectMetadata,
  StatusError,
  statusErrors,
  tableOf,
} from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import { stringify } from 'yaml';
import { cutWarningCharacters, gzipBytesMin, lingerMs, warningCharactersMax } from '../limits.js';
import type { ListAnswer, ObjectAnswer } from '../registry/registry.js';
import { drained } from './drained.js';
import { booleanParameter, ClientGoneError, type Exchange } from './exchange.js';
import type { Response } from './message.js';
import { jsonType, negotiate, plainJson, type Rendering } from './negotiation.js';

const gzipAsync = promisify(gzip);

/** Answers with one object, as the client wants it: as it is, as a table or as metadata alone. */
export async function respondObject(exchange: Exchange, definition: Definition, answer: ObjectAnswer): Promise<void> {
  const rendering = negotiate(exchange.header('accept'));
  for (const warning of answer.warnings) exchange.warn(warning);
  if (rendering === plainJson && !wantsPretty(exchange))
    return sendBytes(exchange, answer.code, rendering.contentType, answer.bytes);
  if (rendering.as === undefined || answer.object.kind === 'Status')
    return respondValue(exchange, answer.code, answer.object, rendering);
  const value =
    rendering.as === 'Table'
      ? table(exchange, definition, [answer.object], { resourceVersion: answer.object.metadata.resourceVersion ?? '' }, rendering)
      : partialObjectMetadata(answer.object);
  return respondValue(exchange, answer.code, { ...value, apiVersion: `meta.k8s.io/${rendering.metaVersion}` }, rendering);
}

/** Answers with a list. Plain JSON is made of the items' cached bytes, never of one string. */
export async function respondList(exchange: Exchange, definition: Definition, answer: ListAnswer): Promise<void> {
  const rendering = negotiate(exchange.header('accept'));
  if (rendering.as === undefined) {
    if (rendering.format === 'json' && !wantsPretty(exchange)) {
      return sendPieces(exchange, 200, rendering.contentType, answer.chunks());
    }
    const { apiVersion, kind, metadata, items } = answer;
    return respondValue(exchange, 200, { apiVersion, kind, metadata, items: items.map((item) => item.object) }, rendering);
  }
  const objects = answer.items.map((item) => item.object);
  const apiVersion = `meta.k8s.io/${rendering.metaVersion}`;
  const value =
    rendering.as === 'Table'
      ? { ...table(exchange, definition, objects, answer.metadata, rendering), apiVersion }
      : {
          kind: 'PartialObjectMetadataList',
          apiVersion,
          metadata: answer.metadata,
          items: objects.map((object) => ({ ...partialObjectMetadata(object), apiVersion })),
        };
  return respondValue(exchange, 200, value, rendering);
}

function table(
  exchange: Exchange,
  definition: Definition,
  objects: readonly KubernetesObject[],
  metadata: ListAnswer['metadata'],
  rendering: Rendering,
): object {
  const options = { metadata, includeObject: includeObjectOf(exchange) };
  return { ...tableOf(definition, objects, Date.now(), options), apiVersion: `meta.k8s.io/${rendering.metaVersion}` };
}

/** @throws StatusError BadRequest for a value that the API does not know */
export function includeObjectOf(exchange: Exchange): 'None' | 'Metadata' | 'Object' {
  const value = exchange.query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  const error = invalid('includeObject', value, "must be 'Metadata', 'Object', 'None', or empty");
  throw statusErrors.badRequest(`Unable to convert to Table as requested: ${error.field}: ${error.message}`);
}

/** Answers with any value, as JSON or YAML. */
export async function respondValue(exchange: Exchange, code: number, value: unknown, rendering: Rendering): Promise<void> {
  if (rendering.format === 'yaml' && exchange.audit?.wantsResponse === true) exchange.audit.responseText(JSON.stringify(value));
  const text =
    rendering.format === 'yaml'
      ? stringify(value, { version: '1.1', aliasDuplicateObjects: false })
      : JSON.stringify(value, undefined, wantsPretty(exchange) ? 2 : undefined);
  return sendBytes(exchange, code, rendering.contentType, Buffer.from(text));
}

/** The one place where a failure becomes bytes. `error` may be anything that was thrown. */
export function respondError(exchange: Exchange, error: unknown): void {
  const failure = error instanceof StatusError ? error : statusErrors.internalError(errorMessage(error));
  const { response } = exchange;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  setWarnings(exchange);
  sendStatus(response, failure, exchange.method === 'HEAD');
}

/** Writes a Status; used too where there is no exchange yet, such as for a path that cannot be decoded. */
export function sendStatus(response: Response, failure: StatusError, headOnly = false): void {
  const bytes = Buffer.from(`${JSON.stringify(failure.status)}\n`);
  const { retryAfterSeconds = 0 } = failure.details ?? {};
  if (retryAfterSeconds > 0) response.setHeader('retry-after', String(retryAfterSeconds));
  // A body that was refused halfway would be taken for the next request; HTTP/2 keeps them apart.
  const refusedHalfway = !response.req.complete && response.req.httpVersionMajor < 2;
  if (refusedHalfway) response.setHeader('connection', 'close');
  response.setHeader('content-type', 'application/json');
  response.setHeader('content-length', bytes.length);
  response.setHeader('cache-control', 'no-cache, private');
  response.writeHead(failure.code);
  if (refusedHalfway && !headOnly) linger(response, bytes);
  else response.end(headOnly ? undefined : bytes);
}

/**
 * Closing on a client that still sends would reset the connection, and the client might never read the answer: what it
 * sends is thrown away until it stops, for a moment.
 */
function linger(response: Response, bytes: Uint8Array): void {
  const { req } = response;
  const finish = () => {
    clearTimeout(timer);
    if (!response.writableEnded) response.end();
  };
  const timer = setTimeout(finish, lingerMs);
  req.once('end', finish);
  req.once('close', finish);
  response.write(bytes);
  req.resume();
}

export function respondText(
  exchange: Exchange,
  code: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): Promise<void> {
  exchange.response.setHeader('x-content-type-options', 'nosniff');
  return sendBytes(exchange, code, contentType, Buffer.from(text));
}

/** A complete answer; compressed when it is large and the client accepts that. */
export async function sendBytes(
  exchange: Exchange,
  code: number,
  contentType: string,
  bytes: Uint8Array,
  caching = 'no-cache, private',
): Promise<void> {
  const { response } = exchange;
  setWarnings(exchange);
  if (exchange.audit?.wantsResponse === true && contentType.startsWith(jsonType)) {
    exchange.audit.responseText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  }
  response.setHeader('content-type', contentType);
  response.setHeader('cache-control', caching);
  let body = bytes;
  if (bytes.length >= gzipBytesMin && acceptsGzip(exchange)) {
    body = await gzipAsync(bytes, { level: constants.Z_BEST_SPEED });
    response.setHeader('content-encoding', 'gzip');
    response.setHeader('vary', 'accept-encoding');
  }
  response.setHeader('content-length', body.length);
  response.writeHead(code);
  exchange.sentBytes = bytes.length;
  response.end(exchange.method === 'HEAD' ? undefined : body);
}

/**
 * An answer of many pieces, sent no faster than the client takes them: what memory holds of it is one piece, however long it is.
 * @throws ClientGoneError
 */
async function sendPieces(exchange: Exchange, code: number, contentType: string, pieces: Iterator<Uint8Array>): Promise<void> {
  const first = pieces.next();
  const second = first.done === true ? first : pieces.next();
  if (first.done === true || second.done === true) return sendBytes(exchange, code, contentType, first.value ?? new Uint8Array());
  // The audit log tells the answer in one piece.
  if (exchange.audit?.wantsResponse === true)
    return sendBytes(exchange, code, contentType, Buffer.concat([...inOrder([first.value, second.value], pieces)]));
  const { response } = exchange;
  response.setHeader('content-type', contentType);
  response.setHeader('cache-control', 'no-cache, private');
  if (exchange.method === 'HEAD') {
    response.writeHead(code).end();
    return;
  }
  const all = measured(exchange, inOrder([first.value, second.value], pieces));
  if (acceptsGzip(exchange)) {
    response.setHeader('content-encoding', 'gzip');
    response.setHeader('vary', 'accept-encoding');
    response.writeHead(code);
    await pipeline(Readable.from(all), createGzip({ level: constants.Z_BEST_SPEED }), response).catch((error: unknown) => {
      throw new ClientGoneError(errorMessage(error));
    });
    return;
  }
  response.writeHead(code);
  let held: Uint8Array | undefined;
  for (const piece of all) {
    if (held !== undefined && !response.write(held)) await drained(response, exchange.clock);
    held = piece;
  }
  response.end(held); // the last piece and the end of the answer are one write
}

function* measured(exchange: Exchange, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) {
    exchange.sentBytes += piece.length;
    yield piece;
  }
}

function* inOrder(begun: readonly Uint8Array[], rest: Iterator<Uint8Array>): Generator<Uint8Array> {
  yield* begun;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
}

/** As many as a header has room for, as in Kubernetes: when they are too long together, each is cut, and the last ones are left out. */
function shownWarnings(texts: readonly string[]): readonly string[] {
  if (texts.reduce((sum, text) => sum + text.length, 0) <= warningCharactersMax) return texts;
  const shown: string[] = [];
  for (let length = 0; length < warningCharactersMax && shown.length < texts.length; ) {
    const text = (texts[shown.length] ?? '').slice(0, cutWarningCharacters);
    shown.push(text);
    length += text.length;
  }
  return shown;
}

/** RFC 7234 warnings with the agent and code that Kubernetes uses; kubectl prints them. */
function setWarnings({ response, warnings }: Exchange): void {
  if (warnings.size === 0) return;
  response.setHeader(
    'warning',
    shownWarnings([...warnings]).map((text) => `299 - "${headerText(text)}"`),
  );
}

/** A header carries printable ASCII only; quotes and backslashes are escaped as in a quoted string. */
function headerText(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replace(/[^\x20-\x7e]+/g, ' ');
}

function acceptsGzip(exchange: Exchange): boolean {
  return /(^|[\s,])gzip($|[\s,;])/.test(exchange.header('accept-encoding') ?? '');
}

/** Asked for, or a person is likely to read it: curl, wget and browsers, as in Kubernetes. */
function wantsPretty(exchange: Exchange): boolean {
  const asked = booleanParameter(exchange.query, 'pretty');
  if (asked !== undefined) return asked;
  const agent = exchange.request.headers['user-agent'];
  return agent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(agent);
}
