import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, errorMessage, type Logger } from '@flotilla/base';
import { isStoreError, StoreError } from '@flotilla/mvcc';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { ClientService } from '../client-service.js';
import { grpcCode, grpcCodes } from '../etcd/errors.js';
import { leaseKeepAlive } from '../etcd/operations.js';
import { WatchSession } from '../etcd/watch-session.js';
import { asMessage, type Wire } from '../etcd/wire.js';
import { bodySlackFactor } from '../limits.js';
import { fromJson, toJson } from './json.js';
import { routes } from './routes.js';

/** Calls that stream: one JSON document per line, each in `result`. */
const streams = { watch: '/v3/watch', keepAlive: '/v3/lease/keepalive' };
const posts = new Set([...Object.keys(routes), ...Object.values(streams)]);

export interface Gateway {
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** etcd's JSON gateway. */
export async function createGateway(service: ClientService, clock: Clock, log: Logger): Promise<Gateway> {
  const app = fastify({ bodyLimit: service.requestBytesMax * bodySlackFactor, logger: false });
  // etcd reads JSON whatever the content type says: curl -d calls it a form.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, log));
  app.setNotFoundHandler((request, reply) => {
    return posts.has(request.url)
      ? reply.code(405).type('text/plain').send('Method Not Allowed\n')
      : reply.code(404).type('text/plain').send('404 page not found\n');
  });

  for (const [path, operation] of Object.entries(routes)) {
    app.post(path, async (request, reply) => {
      const message = await operation(service, parse(request.body));
      return reply.type('application/json').send(toJson(message));
    });
  }
  app.post(streams.watch, (request, reply) => streamWatch(service, clock, request, reply));
  app.post(streams.keepAlive, async (request, reply) => {
    const result = await leaseKeepAlive(service, parse(request.body));
    return reply.type('application/json').send(`${toJson({ result })}\n`);
  });
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

/** One line of JSON per watch response, for as long as the client stays. */
function streamWatch(service: ClientService, clock: Clock, request: FastifyRequest, reply: FastifyReply): void {
  const message = parse(request.body); // refused, if at all, before the stream starts
  const { raw } = reply;
  const session = new WatchSession(service, clock, (result) => raw.write(`${toJson({ result })}\n`));
  reply.hijack();
  raw.writeHead(200, { 'content-type': 'application/json' });
  raw.on('drain', () => session.drained());
  raw.on('close', () => session.close());
  try {
    session.request(message);
  } catch (error) {
    raw.end(`${toJson({ error: errorBody(error) })}\n`);
  }
}

/** As grpc-gateway maps them. */
const httpStatus = new Map<number, number>([
  [grpcCodes.cancelled, 408],
  [grpcCodes.invalidArgument, 400],
  [grpcCodes.notFound, 404],
  [grpcCodes.resourceExhausted, 429],
  [grpcCodes.failedPrecondition, 400],
  [grpcCodes.outOfRange, 400],
  [grpcCodes.unimplemented, 501],
  [grpcCodes.unavailable, 503],
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
