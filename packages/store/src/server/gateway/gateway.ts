import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, errorMessage, type Logger } from '@flotilla/base';
import { isStoreError, StoreError } from '@flotilla/mvcc';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { Caller } from '../caller.js';
import type { ClientService } from '../client-service.js';
import { oneByOne } from '../etcd/call.js';
import { type StreamCall, streamCalls, unaryCalls } from '../etcd/calls.js';
import { countedCalls } from '../etcd/counted.js';
import { grpcCode, grpcCodes } from '../etcd/errors.js';
import { asMessage, type Wire } from '../etcd/wire.js';
import { bodySlackFactor } from '../limits.js';
import { fromJson, toJson } from './json.js';

const posts = new Set([...unaryCalls, ...streamCalls].flatMap(({ paths }) => paths));

/** No route has a schema: without this, fastify loads two compilers for them, which takes a tenth of a member's start. */
const schemaController = { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } };

function noSchemas(): never {
  throw new Error('routes of the gateway have no schemas');
}

export interface Gateway {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** etcd's JSON gateway. */
export async function createGateway(service: ClientService, clock: Clock, log: Logger): Promise<Gateway> {
  const app = fastify({ bodyLimit: service.requestBytesMax * bodySlackFactor, logger: false, schemaController });
  // etcd reads JSON whatever the content type says: curl -d calls it a form.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, log));
  app.setNotFoundHandler((request, reply) => {
    return posts.has(request.url)
      ? reply.code(405).type('text/plain').send('Method Not Allowed\n')
      : reply.code(404).type('text/plain').send('404 page not found\n');
  });

  const counted = countedCalls(service.metrics.calls);
  for (const { paths, operation } of counted.unaryCalls) {
    for (const path of paths) {
      app.post(path, async (request, reply) => {
        const message = await operation({ service, caller: callerOf(request), signal: hangUp(reply) }, parse(request.body));
        return reply.type('application/json').send(toJson(message));
      });
    }
  }
  for (const call of counted.streamCalls) {
    for (const path of call.paths) app.post(path, (request, reply) => stream(call, service, clock, request, reply));
  }
  await app.ready();
  return { handle: (request, response) => route(app, request, response) };
}

function route(app: FastifyInstance, request: IncomingMessage, response: ServerResponse): void {
  app.routing(request, response);
}

/** @throws StoreError on what is no JSON object */
function parse(body: unknown): Wire {
  if (body === undefined || body === '') return {};
  try {
    return asMessage(fromJson(JSON.parse(String(body))), 'body');
  } catch (error) {
    throw isStoreError(error) ? error : new StoreError('invalid', error instanceof Error ? error.message : 'malformed JSON');
  }
}

/** Aborts when the client hangs up before it is answered. */
function hangUp({ raw }: FastifyReply): AbortSignal {
  const abort = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) abort.abort(new StoreError('cancelled', 'context canceled'));
  });
  return abort.signal;
}

function callerOf({ headers }: FastifyRequest): Caller {
  const { authorization: token } = headers;
  return token === undefined ? {} : { token };
}

/** A stream of answers, each a line of JSON in `result`; an error is the last line. The body is the one request. */
function stream(
  { stream: open }: StreamCall,
  service: ClientService,
  clock: Clock,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const message = parse(request.body); // refused, if at all, before the stream starts
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, { 'content-type': 'application/json' });
  const fail = (error: unknown) => void raw.end(`${toJson({ error: errorBody(error) })}\n`);
  const send = (result: Wire) => raw.write(`${toJson({ result })}\n`);
  const sink = { send, sendEach: oneByOne(send), end: () => void raw.end(), fail };
  const session = open({ service, caller: callerOf(request) }, sink, clock);
  raw.on('drain', () => session.drained());
  raw.on('close', () => session.close());
  try {
    session.request(message);
    session.requestsEnded();
  } catch (error) {
    fail(error);
  }
}

/** As grpc-gateway maps them. */
const httpStatus = new Map<number, number>([
  [grpcCodes.cancelled, 408],
  [grpcCodes.invalidArgument, 400],
  [grpcCodes.notFound, 404],
  [grpcCodes.permissionDenied, 403],
  [grpcCodes.resourceExhausted, 429],
  [grpcCodes.failedPrecondition, 400],
  [grpcCodes.outOfRange, 400],
  [grpcCodes.unimplemented, 501],
  [grpcCodes.unavailable, 503],
  [grpcCodes.unauthenticated, 401],
]);

function errorBody(error: unknown): { readonly error: string; readonly message: string; readonly code: number } {
  const message = errorMessage(error);
  const code = isStoreError(error) ? grpcCode(error.code) : grpcCodes.internal;
  return { error: message, message, code };
}

function sendError(reply: FastifyReply, error: unknown, log: Logger): FastifyReply {
  if (isStoreError(error)) {
    const body = errorBody(error);
    return reply.code(httpStatus.get(body.code) ?? 500).send(body);
  }
  const status = statusOf(error);
  const message = status === 413 ? 'etcdserver: request is too large' : errorMessage(error);
  if (status >= 500) log.error({ err: error }, 'gateway request failed unexpectedly');
  return reply
    .code(status)
    .send({ error: message, message, code: status >= 500 ? grpcCodes.internal : grpcCodes.invalidArgument });
}

/** fastify's own errors carry a status. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 500;
}
