import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { encodeCommand } from '@flotilla/mvcc';
import { GrpcClient, type Message } from '../grpc/grpc-client.test.js';
import { serveForTest } from '../serve-for-test.test.js';

const options = { timeout: 20_000 };
const bytes = (text: string) => Buffer.from(text);
const text = (value: unknown) => String(value as Buffer);

async function serve(t: TestContext) {
  const server = await serveForTest();
  const client = new GrpcClient(`127.0.0.1:${server.port}`);
  t.after(async () => {
    client.close();
    await server.close();
  });
  const { member } = server;
  const { store } = member;
  const keys = () =>
    store.range({ key: Uint8Array.of(0), rangeEnd: Uint8Array.of(0) }).kvs.map(({ key }) => text(Buffer.from(key)));
  const until = async (want: readonly string[]) => {
    while (keys().join() !== want.join()) await new Promise((resolve) => setImmediate(resolve));
  };
  for (const id of [0xaan, 0xbbn, 0xccn]) await member.propose(encodeCommand({ leaseGrant: { id, ttlSeconds: 60 } }));
  const lock = (lease: number | string, name = 'job') => client.cancellable('v3lockpb.Lock/Lock', { name: bytes(name), lease });
  const unlock = (key: string) => client.call('v3lockpb.Lock/Unlock', { key: bytes(key) });
  return { server, member, client, keys, until, lock, unlock };
}

test('locks are held in the order in which they were asked for', options, async (t) => {
  const { keys, until, lock, unlock } = await serve(t);
  assert.equal(text((await lock(0xaa).answer)['key']), 'job/aa');
  assert.equal(text((await lock(0xaa).answer)['key']), 'job/aa', 'its holder has it');
  const held: string[] = [];
  const wait = async (lease: number) => {
    const { key } = await lock(lease).answer;
    held.push(text(key));
  };
  const second = wait(0xbb);
  await until(['job/aa', 'job/bb']);
  const third = wait(0xcc);
  await until(['job/aa', 'job/bb', 'job/cc']);
  assert.deepEqual(held, []);
  await unlock('job/aa');
  await second;
  assert.deepEqual(held, ['job/bb']);
  await unlock('job/bb');
  await third;
  assert.deepEqual(held, ['job/bb', 'job/cc']);
  assert.deepEqual(keys(), ['job/cc']);
  assert.equal(text((await lock(0xaa, 'another').answer)['key']), 'another/aa', 'names are locks of their own');
});

test('who stops waiting leaves the line, and who dies makes room', options, async (t) => {
  const { member, until, lock } = await serve(t);
  await lock(0xaa).answer;
  const impatient = lock(0xbb);
  await until(['job/aa', 'job/bb']);
  const patient = lock(0xcc).answer;
  await until(['job/aa', 'job/bb', 'job/cc']);
  impatient.cancel();
  await assert.rejects(impatient.answer, { code: 1 });
  await until(['job/aa', 'job/cc']);
  await member.propose(encodeCommand({ leaseRevoke: { id: 0xaan } }));
  assert.equal(text((await patient)['key']), 'job/cc');
});

test('over the JSON gateway too, hanging up leaves the line', options, async (t) => {
  const { server, until, lock } = await serve(t);
  await lock(0xaa).answer;
  const abort = new AbortController();
  const body = JSON.stringify({ name: bytes('job').toString('base64'), lease: 0xbb });
  const waiting = fetch(`${server.url}/v3/lock/lock`, { method: 'POST', body, signal: abort.signal });
  await until(['job/aa', 'job/bb']);
  abort.abort();
  await assert.rejects(waiting);
  await until(['job/aa']);
});

test('a lock without a lease gets one of 60 s; what cannot be had is refused', options, async (t) => {
  const { member, until, lock, unlock } = await serve(t);
  const { key } = await lock('0').answer;
  const [, hex] = /^job\/(\w+)$/.exec(text(key)) ?? assert.fail();
  assert.equal(member.store.lease(BigInt(`0x${hex}`))?.ttlSeconds, 60);
  await assert.rejects(lock(0xdd).answer, { code: 2, details: 'etcdserver: requested lease not found' });
  await assert.rejects(unlock(''), { code: 2, details: 'etcdserver: key is not provided' });
  const waiting = lock(0xbb).answer;
  waiting.catch(() => {});
  await until([`job/${hex}`, 'job/bb'].sort());
  await member.propose(encodeCommand({ leaseRevoke: { id: 0xbbn } }));
  await unlock(text(key));
  await assert.rejects(waiting, { code: 2, details: 'mutex: session is expired' });
});

test('elections: who campaigned first leads, proclaims, and is followed by the next', options, async (t) => {
  const { client, until } = await serve(t);
  const call = (method: string, request: Message) => client.call(`v3electionpb.Election/${method}`, request);
  const name = bytes('job');
  const campaign = (lease: number, value: string) => call('Campaign', { name, lease, value: bytes(value) });
  await assert.rejects(call('Leader', { name }), { code: 2, details: 'election: no leader' });
  const observed = client.serverStream('v3electionpb.Election/Observe', { name });
  const next = async () => text(((await observed.next())['kv'] as Message)['value']);

  const { leader: first } = await campaign(0xaa, 'one');
  const { key, rev, lease } = first as Message;
  assert.deepEqual([text(key), lease], ['job/aa', String(0xaa)]);
  assert.equal(await next(), 'one');
  const second = campaign(0xbb, 'two');
  await until(['job/aa', 'job/bb']);
  await call('Proclaim', { leader: first, value: bytes('uno') });
  assert.equal(await next(), 'uno');
  assert.equal(text(((await call('Leader', { name }))['kv'] as Message)['value']), 'uno');
  await assert.rejects(call('Proclaim', { leader: { ...(first as Message), rev: Number(rev) + 7 }, value: bytes('x') }), {
    code: 2,
    details: 'election: not leader',
  });
  await call('Resign', { leader: first });
  assert.equal(((await second)['leader'] as Message)['lease'], String(0xbb));
  assert.equal(await next(), 'two');
  await call('Resign', { leader: first }); // in vain, and is not told so
  assert.equal(text(((await call('Leader', { name }))['kv'] as Message)['value']), 'two');
  for (const method of ['Proclaim', 'Resign'])
    await assert.rejects(call(method, {}), { code: 2, details: '"leader" field must be provided' });
  observed.cancel();
});

test('a candidate that campaigns again with another value proclaims it; one that gives up leaves', options, async (t) => {
  const { client, member, until } = await serve(t);
  const campaign = (lease: number, value: string) =>
    client.cancellable('v3electionpb.Election/Campaign', { name: bytes('job'), lease, value: bytes(value) });
  const value = (key: string) => text(Buffer.from(member.store.range({ key: new Uint8Array(bytes(key)) }).kvs[0]!.value));
  await campaign(0xaa, 'one').answer;
  await campaign(0xaa, 'uno').answer;
  assert.equal(value('job/aa'), 'uno');
  const waiting = campaign(0xbb, 'two');
  await until(['job/aa', 'job/bb']);
  waiting.cancel();
  await assert.rejects(waiting.answer, { code: 1 });
  await until(['job/aa']);
  const gone = campaign(0xcc, 'three');
  gone.answer.catch(() => {});
  await until(['job/aa', 'job/cc']);
  await member.propose(encodeCommand({ leaseRevoke: { id: 0xccn } }));
  await member.propose(encodeCommand({ leaseRevoke: { id: 0xaan } }));
  await assert.rejects(gone.answer, { code: 2, details: 'etcdserver: requested lease not found' });
});
