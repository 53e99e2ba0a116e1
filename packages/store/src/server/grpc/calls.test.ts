import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import test from 'node:test';
import type { AbortSignalLike } from '@flotilla/base';
import type { ApplyResult } from '@flotilla/mvcc';
import { credentials } from '@grpc/grpc-js';
import type { MemberStatus } from '../../member.js';
import { LoneMember } from '../lone-member.js';
import { clientTls, serveForTest } from '../serve-for-test.test.js';
import { GrpcClient, type Message } from './grpc-client.test.js';
import { framed, keyHex, RawClient } from './raw-client.test.js';

const timeout = 60_000;
const kv = 'etcdserverpb.KV';
const bytes = (text: string) => Buffer.from(text);

/** Applies nothing until it is told to, and remembers who gave up waiting. */
class SlowMember extends LoneMember {
  readonly givenUp: unknown[] = [];
  readonly #waiting: (() => void)[] = [];

  override async propose(command: Uint8Array, signal?: AbortSignalLike): Promise<ApplyResult> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push(resolve);
      signal?.addEventListener('abort', () => {
        this.givenUp.push(signal.reason);
        reject(signal.reason);
      });
    });
    return super.propose(command);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  goOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

class LeaderlessMember extends LoneMember {
  leaderless = false;

  override status(): MemberStatus {
    return { ...super.status(), ...(this.leaderless && { leader: 0n }) };
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

async function withServer(
  options: Parameters<typeof serveForTest>[0],
  work: (client: GrpcClient, server: Awaited<ReturnType<typeof serveForTest>>) => Promise<void>,
) {
  const server = await serveForTest(options);
  const client = new GrpcClient(`127.0.0.1:${server.port}`);
  try {
    await work(client, server);
  } finally {
    client.close();
    await server.close();
  }
}

test('a call that takes longer than its client waits ends with that, and the work for it is called off', {
  timeout,
}, async () => {
  const member = new SlowMember();
  await withServer({ member }, async (_, { url }) => {
    const raw = new RawClient(url);
    const answer = await raw.request(framed(keyHex), { 'grpc-timeout': '30m' });
    assert.deepEqual([answer.code, answer.text], [4, 'context deadline exceeded']);
    assert.match(String(member.givenUp[0]), /context canceled/);
    raw.close();
  });
});

test('a call that its client cancels is called off', { timeout }, async () => {
  const member = new SlowMember();
  await withServer({ member }, async (client) => {
    const { answer, cancel } = client.cancellable(`${kv}/Put`, { key: bytes('a') });
    await until(() => member.waiting === 1);
    cancel();
    await assert.rejects(answer, { code: 1 });
    await until(() => member.givenUp.length === 1);
  });
});

test('so is one whose connection breaks', { timeout }, async () => {
  const member = new SlowMember();
  await withServer({ member }, async (_, { url }) => {
    const raw = new RawClient(url);
    const answer = raw.request(framed(keyHex));
    await until(() => member.waiting === 1);
    raw.close();
    await answer;
    await until(() => member.givenUp.length === 1);
  });
});

test('a client that wants a leader is told that there is none, at once or when it is lost', { timeout }, async () => {
  const member = new LeaderlessMember();
  await withServer({ member, electionMs: 20 }, async (client, { url }) => {
    const raw = new RawClient(url);
    const metadata = { hasleader: 'true' };
    const watch = raw.request(framed('0a030a0161'), { ...metadata, ':path': '/etcdserverpb.Watch/Watch' });
    const patient = client.stream('etcdserverpb.Watch/Watch');
    patient.send({ create_request: { key: bytes('a') } });
    assert.equal((await patient.next())['created'], true);
    assert.equal((await raw.request(framed(keyHex), metadata)).code, 0);
    member.leaderless = true;
    for (const answer of [await watch, await raw.request(framed(keyHex), metadata)]) {
      assert.deepEqual([answer.code, answer.text], [14, 'etcdserver: no leader']);
    }
    member.leaderless = false;
    await client.call(`${kv}/Put`, { key: bytes('a') });
    assert.equal(((await patient.next())['events'] as unknown[]).length, 1, 'who does not ask for it waits');
    raw.close();
  });
});

test('a server that closes answers what is under way, and tells its streams', { timeout }, async () => {
  const member = new SlowMember();
  const server = await serveForTest({ member });
  const client = new GrpcClient(`127.0.0.1:${server.port}`);
  const watch = client.stream('etcdserverpb.Watch/Watch');
  watch.send({ create_request: { key: bytes('a') } });
  assert.equal((await watch.next())['created'], true);
  const answer = client.call(`${kv}/Put`, { key: bytes('a') });
  await until(() => member.waiting === 1);
  const closed = server.close();
  await assert.rejects(watch.next(), { code: 14, details: 'etcdserver: server stopped' });
  member.goOn();
  assert.equal(((await answer)['header'] as Message)['revision'], '2');
  await closed;
  client.close();
});

test('a hundred large puts at once on one connection, and all of it read at once', { timeout }, async () => {
  await withServer({}, async (client) => {
    const value = (i: number) => Buffer.alloc(1_000_000, i);
    const keys = Array.from({ length: 100 }, (_, i) => i);
    await Promise.all(keys.map((i) => client.call(`${kv}/Put`, { key: bytes(`big/${i}`), value: value(i) })));
    const reads = keys.map(async (i) => {
      const [found] = (await client.call(`${kv}/Range`, { key: bytes(`big/${i}`) }))['kvs'] as { value: Buffer }[];
      assert.ok(found?.value.equals(value(i)), `value ${i}`);
    });
    await Promise.all(reads);
  });
});

test('hundreds of streams on one connection', { timeout }, async () => {
  await withServer({}, async (client) => {
    const streams = Array.from({ length: 300 }, () => client.stream('etcdserverpb.Watch/Watch'));
    for (const stream of streams) stream.send({ create_request: { key: bytes('k') } });
    for (const stream of streams) assert.equal((await stream.next())['created'], true);
    for (let i = 0; i < 20; i++) await client.call(`${kv}/Put`, { key: bytes('k'), value: bytes(String(i)) });
    for (const stream of streams) {
      const seen: string[] = [];
      while (seen.length < 20) {
        for (const event of (await stream.next())['events'] as { kv: { value: Buffer } }[]) seen.push(String(event.kv.value));
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 20 }, (_, i) => String(i)),
      );
      stream.cancel();
    }
  });
});

test('one slow reader does not hold up its neighbour on the same connection', { timeout }, async () => {
  await withServer({}, async (client) => {
    const [slow, brisk] = [client.stream('etcdserverpb.Watch/Watch'), client.stream('etcdserverpb.Watch/Watch')];
    slow.send({ create_request: { key: bytes('big') } });
    brisk.send({ create_request: { key: bytes('small') } });
    for (const stream of [slow, brisk]) assert.equal((await stream.next())['created'], true);
    for (let i = 0; i < 40; i++) await client.call(`${kv}/Put`, { key: bytes('big'), value: Buffer.alloc(100_000) });
    await client.call(`${kv}/Put`, { key: bytes('small') });
    assert.equal(((await brisk.next())['events'] as unknown[]).length, 1);
  });
});

test('grpc-js over TLS, and compressing what it sends', { timeout }, async () => {
  const server = await serveForTest({ tls: true });
  const { ca, cert, key } = clientTls();
  const client = new GrpcClient(`127.0.0.1:${server.port}`, credentials.createSsl(ca, key, cert), {
    'grpc.default_compression_algorithm': 2, // gzip
  });
  await client.call(`${kv}/Put`, { key: bytes('a'), value: Buffer.alloc(100_000, 'z') });
  const [found] = (await client.call(`${kv}/Range`, { key: bytes('a') }))['kvs'] as { value: Buffer }[];
  assert.equal(found?.value.length, 100_000);
  client.close();
  await server.close();
});

test('a client that talks nonsense is left; others are not disturbed', { timeout }, async () => {
  await withServer({}, async (client, { port }) => {
    const socket = connect(port, '127.0.0.1');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nGET / HTTP/1.1\r\n\r\n');
    let said = Buffer.alloc(0);
    for await (const chunk of socket) said = Buffer.concat([said, chunk as Buffer]);
    assert.match(said.toString('latin1'), /frame of \d+ bytes$/, 'the reason is the last word');
    await client.call(`${kv}/Put`, { key: bytes('a') });
  });
});

const python = spawnSync('/usr/bin/python3', ['-c', 'import grpc']).status === 0;

test('Python’s grpcio', { timeout, skip: python ? false : 'python3-grpcio is not installed' }, async () => {
  await withServer({}, async (_, { port }) => {
    const script = `
import grpc
channel = grpc.insecure_channel('127.0.0.1:${port}', options=[('grpc.max_receive_message_length', -1)])
put = channel.unary_unary('/etcdserverpb.KV/Put')
get = channel.unary_unary('/etcdserverpb.KV/Range')
watch = channel.stream_stream('/etcdserverpb.Watch/Watch')
varint = lambda n: bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)
field = lambda number, value: bytes([number << 3 | 2]) + varint(len(value)) + value
value = bytes(range(256)) * 4000
events = watch(iter([field(1, field(1, b'k'))]))
next(events)
put(field(1, b'k') + field(2, value), timeout=10)
assert value in get(field(1, b'k'), timeout=10)
assert value in next(events)
events.cancel()
calls = [put.future(field(1, b'n%d' % i) + field(2, value)) for i in range(50)]
for call in calls: call.result(timeout=10)
for i in range(50): assert value in get(field(1, b'n%d' % i), compression=grpc.Compression.Gzip)
try:
    put(b'')
except grpc.RpcError as error:
    print(error.code().name, error.details())
`;
    const child = spawn('/usr/bin/python3', ['-c', script]);
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    for await (const chunk of child.stdout) said += String(chunk);
    assert.equal(said, 'INVALID_ARGUMENT etcdserver: key is not provided\n');
  });
});
