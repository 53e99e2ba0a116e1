import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { after, before } from 'node:test';
import { encodeCommand } from '@flotilla/mvcc';
import { etcdProtoFiles } from '@flotilla/store-client';
import {
  type ClientDuplexStream,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { serveForTest } from '../serve-for-test.test.js';

type Message = Record<string, unknown>;
type Call = (request: Message, done: (error: Error | null, response: Message) => void) => void;

const services = loadPackageDefinition(
  loadSync(etcdProtoFiles, { keepCase: true, longs: String, enums: String, defaults: true }),
)['etcdserverpb'] as GrpcObject;
const bytes = (text: string) => Buffer.from(text);

let server: Awaited<ReturnType<typeof serveForTest>>;
const clients: { close(): void }[] = [];
before(async () => {
  server = await serveForTest(); // in the clear: the listener has to tell HTTP/2 by its first bytes
});
after(async () => {
  for (const client of clients) client.close();
  await server.close();
});

function client(service: string) {
  const made = new (services[service] as ServiceClientConstructor)(`127.0.0.1:${server.port}`, credentials.createInsecure());
  clients.push(made);
  return made;
}

function call(service: string, method: string, request: Message): Promise<Message> {
  const made = client(service);
  const run = (made as unknown as Record<string, Call>)[method]!.bind(made);
  return new Promise((resolve, reject) =>
    run(request, (error, response) => (error === null ? resolve(response) : reject(error))),
  );
}

/** A watch stream: send requests, take what comes. */
function watchStream() {
  const made = client('Watch') as unknown as { Watch(): ClientDuplexStream<Message, Message> };
  const stream = made.Watch();
  stream.on('error', () => {}); // cancelled at the end
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Message>;
  const next = async () => (await iterator.next()).value as Message;
  return { stream, next, send: (message: Message) => stream.write(message) };
}

const put = (key: string, value: string) =>
  server.member.propose(encodeCommand({ put: { key: new Uint8Array(bytes(key)), value: new Uint8Array(bytes(value)) } }));

test('errors carry gRPC’s code and etcd’s text', { timeout: 20_000 }, async () => {
  const cases = [
    ['KV', 'Range', {}, 3, 'etcdserver: key is not provided'],
    ['KV', 'Range', { key: bytes('a'), revision: 99 }, 11, 'etcdserver: mvcc: required revision is a future revision'],
    ['KV', 'Put', { key: bytes('a'), lease: 5 }, 5, 'etcdserver: requested lease not found'],
    ['KV', 'Put', { key: bytes('a'), value: Buffer.alloc(1_600_000) }, 3, 'etcdserver: request is too large'],
    ['Lease', 'LeaseGrant', { TTL: '9000000001' }, 11, 'etcdserver: too large lease TTL'],
  ] as const;
  for (const [service, method, request, code, details] of cases) {
    await assert.rejects(call(service, method, request), { code, details });
  }
  await assert.rejects(call('KV', 'Put', { key: bytes('a'), value: Buffer.alloc(3_000_000) }), { code: 8 });
});

test('a watch stream multiplexes watches, cancels them one by one, and tells progress', { timeout: 20_000 }, async () => {
  const { stream, next, send } = watchStream();
  send({ create_request: { key: bytes('a/'), range_end: bytes('a0') } });
  assert.deepEqual([(await next())['watch_id'], 'created'], ['0', 'created']);
  send({ create_request: { key: bytes('b'), watch_id: 7, prev_kv: true } });
  assert.equal((await next())['watch_id'], '7');
  send({ create_request: { key: bytes('b'), watch_id: 7 } });
  assert.match(String((await next())['cancel_reason']), /duplicate watch ID/);
  await put('a/1', 'x');
  await put('b', '1');
  await put('b', '2');
  const events = [await next(), await next(), await next()].map((message) => {
    const [event] = message['events'] as { type: string; kv: { key: Buffer }; prev_kv: { value: Buffer } | null }[];
    return [message['watch_id'], event?.type, String(event?.kv.key), event?.prev_kv == null ? null : String(event.prev_kv.value)];
  });
  assert.deepEqual(events, [
    ['0', 'PUT', 'a/1', null],
    ['7', 'PUT', 'b', null],
    ['7', 'PUT', 'b', '1'],
  ]);
  send({ progress_request: {} });
  const progress = await next();
  assert.equal(progress['watch_id'], '-1');
  assert.equal((progress['header'] as Message)['revision'], '4');
  send({ cancel_request: { watch_id: 7 } });
  const cancelled = await next();
  assert.deepEqual([cancelled['watch_id'], cancelled['canceled']], ['7', true]);
  assert.equal(server.member.store.watchCounts.synced, 1);
  stream.cancel();
  while (server.member.store.watchCounts.synced > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('a watch that nobody reads costs no memory, and misses nothing', { timeout: 20_000 }, async () => {
  const { stream, next, send } = watchStream();
  const { revision } = server.member.store;
  send({ create_request: { key: bytes('big') } });
  await next();
  const value = 'x'.repeat(100_000);
  for (let i = 0; i < 300; i++) {
    await put('big', value);
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(server.member.store.watchCounts.synced, 0, 'it fell back to history');
  for (let seen = 0; seen < 300; seen++) {
    const [event] = (await next())['events'] as { kv: { mod_revision: string } }[];
    assert.equal(Number(event?.kv.mod_revision), revision + 1 + seen);
  }
  stream.cancel();
});

test('keep-alives answer one by one on a stream', { timeout: 20_000 }, async () => {
  const { ID } = await call('Lease', 'LeaseGrant', { TTL: 60 });
  const made = client('Lease') as unknown as { LeaseKeepAlive(): ClientDuplexStream<Message, Message> };
  const stream = made.LeaseKeepAlive();
  for (const [id, ttl] of [
    [ID, '60'],
    [99, '0'],
  ]) {
    stream.write({ ID: id });
    const [answer] = (await once(stream, 'data')) as [Message];
    assert.equal(answer['TTL'], ttl);
  }
  stream.end();
  await once(stream.resume(), 'end');
});
