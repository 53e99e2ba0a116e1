import { type Definition, statusErrors } from '@flotilla/api';
import type { Authorizer } from '../auth/authorizers/authorizer.js';
import { forbiddenError } from '../auth/forbidden.js';
import type { ObjectAnswer, Registry, RequestContext, Target } from '../registry/registry.js';
import { decodeBody, decodePatch } from './decode.js';
import { deleteOptions } from './delete-options.js';
import { booleanParameter, type Exchange } from './exchange.js';
import { listParameters } from './list-options.js';
import { respondList, respondObject } from './respond.js';
import type { WatchStreams } from './watch-stream.js';
import { writeOptions } from './write-options.js';

export interface VerbOptions {
  readonly registry: Registry;
  readonly watches: WatchStreams;
  readonly authorizer: Authorizer;
}

/** Turns a routed request into one call of the registry and responds with the answer. */
export async function runVerb(
  exchange: Exchange,
  definition: Definition,
  { registry, watches, authorizer }: VerbOptions,
): Promise<void> {
  const { info } = exchange;
  const context: RequestContext = { user: exchange.user, signal: exchange.signal, notes: exchange };
  const namespace = definition.namespaced && info.namespace !== '' ? info.namespace : undefined;
  switch (info.verb) {
    case 'get':
      return respondObject(exchange, definition, await runGet(exchange, definition, registry, { ...context, namespace }));
    case 'list':
      return respondList(
        exchange,
        definition,
        await registry.list(definition, { ...context, ...listParameters(exchange), namespace }),
      );
    case 'watch':
      return runWatch(exchange, definition, registry, watches, { ...context, namespace });
    case 'create':
    case 'update':
      return respondObject(exchange, definition, await runWrite(exchange, definition, registry, { ...context, namespace }));
    case 'patch': {
      const answer = await runPatch(exchange, definition, registry, authorizer, { ...context, namespace });
      return respondObject(exchange, definition, answer);
    }
    case 'delete':
      return respondObject(exchange, definition, await runDelete(exchange, definition, registry, { ...context, namespace }));
    case 'deletecollection': {
      const options = deleteOptions(exchange, await decodeBody(exchange, 'DeleteOptions'));
      const request = { ...context, ...listParameters(exchange), namespace, options };
      return respondList(exchange, definition, await registry.deleteCollection(definition, request));
    }
    default:
      throw statusErrors.methodNotAllowed({ group: info.apiGroup, resource: info.resource }, info.verb);
  }
}

function runGet(exchange: Exchange, definition: Definition, registry: Registry, target: Target): Promise<ObjectAnswer> {
  const { name, subresource } = exchange.info;
  const resourceVersion = exchange.query.get('resourceVersion') ?? '';
  return registry.get(definition, { ...target, name, subresource: subresource || undefined, resourceVersion });
}

function runWatch(
  exchange: Exchange,
  definition: Definition,
  registry: Registry,
  watches: WatchStreams,
  target: Target,
): Promise<void> {
  const { query } = exchange;
  const request = {
    ...target,
    ...listParameters(exchange),
    namespace: target.namespace,
    allowWatchBookmarks: booleanParameter(query, 'allowWatchBookmarks') ?? false,
  };
  return watches.serve(exchange, definition, () => registry.watch(definition, request));
}

async function runWrite(exchange: Exchange, definition: Definition, registry: Registry, target: Target): Promise<ObjectAnswer> {
  const { verb, name } = exchange.info;
  const subresource = exchange.info.subresource || undefined;
  const kind = kindOf(definition, subresource);
  const model = kind === definition.kind ? definition.model : kind;
  const { value, problems } = await decodeBody(exchange, kind, model);
  const { force: _, ...options } = writeOptions(exchange);
  const request = { ...target, subresource, body: value, bodyProblems: problems, options };
  return verb === 'create'
    ? registry.create(definition, { ...request, name: name || undefined })
    : registry.update(definition, { ...request, name });
}

async function runPatch(
  exchange: Exchange,
  definition: Definition,
  registry: Registry,
  authorizer: Authorizer,
  target: Target,
): Promise<ObjectAnswer> {
  const { name } = exchange.info;
  const subresource = exchange.info.subresource || undefined;
  const { value, problems, contentType } = await decodePatch(exchange, kindOf(definition, subresource));
  const { force, ...options } = writeOptions(exchange, contentType);
  return registry.patch(definition, {
    ...target,
    name,
    subresource,
    contentType,
    force,
    body: value,
    bodyProblems: problems,
    options,
    mayCreate: () => checkCreate(exchange, authorizer),
  });
}

/** An apply may create what it does not find: that takes more than the right to patch. */
async function checkCreate({ info, user }: Exchange, authorizer: Authorizer): Promise<void> {
  const attributes = { ...info, user, verb: 'create' };
  const { verdict, reason } = await authorizer.authorize(attributes);
  if (verdict !== 'allow') throw forbiddenError(attributes, reason);
}

function kindOf(definition: Definition, subresource: string | undefined): string {
  return definition.subresources.find((candidate) => candidate.name === subresource)?.kind ?? definition.kind;
}

async function runDelete(exchange: Exchange, definition: Definition, registry: Registry, target: Target): Promise<ObjectAnswer> {
  const options = deleteOptions(exchange, await decodeBody(exchange, 'DeleteOptions'));
  return registry.delete(definition, { ...target, name: exchange.info.name, options });
}
