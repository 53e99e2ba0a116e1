import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import test from 'node:test';
import { type Random, randomInt, seededRandom, silentLogger } from '@flotilla/base';
import { serveForTest } from '../serve-for-test.test.js';
import { GrpcClient } from './grpc-client.test.js';

const seed = Number(process.env['SEED'] ?? 1);
const bytes = (text: string) => Buffer.from(text);

/** What a real client sends while it does a bit of everything. */
async function record(port: number): Promise<Buffer> {
  const sent: Buffer[] = [];
  const relay = createServer((client: Socket) => {
    const server = connect(port, '127.0.0.1');
    client.on('data', (chunk: Buffer) => void sent.push(chunk));
    client.pipe(server).pipe(client);
    for (const socket of [client, server]) socket.on('error', () => {}); // ends with the other
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const client = new GrpcClient(`127.0.0.1:${(relay.address() as AddressInfo).port}`);
  const watch = client.stream('etcdserverpb.Watch/Watch');
  watch.send({ create_request: { key: bytes('k') } });
  await watch.next();
  for (let i = 0; i < 5; i++) await client.call('etcdserverpb.KV/Put', { key: bytes('k'), value: Buffer.alloc(1_000 * i) });
  await client.call('etcdserverpb.KV/Range', { key: bytes('k') });
  await client.call('etcdserverpb.KV/Txn', {
    success: [{ request_put: { key: bytes('t') } }, { request_range: { key: bytes('k') } }],
  });
  await client.call('etcdserverpb.Lease/LeaseGrant', { TTL: 60 });
  await assert.rejects(client.call('etcdserverpb.KV/Range', {}));
  watch.cancel();
  client.close();
  relay.close();
  return Buffer.concat(sent);
}

function broken(random: Random, session: Buffer): Buffer {
  const copy = Buffer.from(session);
  for (let i = randomInt(random, 1, 8); i > 0; i--) copy[randomInt(random, 24, copy.length)]! ^= 1 << randomInt(random, 0, 8);
  const from = randomInt(random, 24, copy.length);
  const parts = [copy.subarray(0, from), copy.subarray(Math.min(copy.length, from + randomInt(random, 0, 30)))];
  return Buffer.concat(randomInt(random, 0, 2) === 0 ? parts : [copy]);
}

async function replay(port: number, session: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}); // the server may hang up at any point
  socket.resume();
  socket.end(session);
  await once(socket, 'close');
}

test('sessions of a real client, broken at random, disturb nobody', { timeout: 120_000 }, async () => {
  const complaints: unknown[] = [];
  const log = { ...silentLogger, error: (...about: unknown[]) => void complaints.push(about) };
  const server = await serveForTest({ log });
  const session = await record(server.port);
  const client = new GrpcClient(`127.0.0.1:${server.port}`);
  const random = seededRandom(seed);
  for (let run = 0; run < 500; run++) {
    await replay(server.port, broken(random, session));
    if (run % 50 === 0) await client.call('etcdserverpb.KV/Range', { key: bytes('k') });
  }
  assert.equal(server.member.store.watchCounts.synced, 0, 'their watches are gone');
  assert.deepEqual(complaints, [], `SEED=${seed}`);
  client.close();
  await server.close();
});
