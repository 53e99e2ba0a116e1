import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { silentLogger } from '@flotilla/base';
import { type AuthRequest, type Command, encodeAuthorized, encodeCommand } from '@flotilla/mvcc';
import { systemClock, systemRandom } from '@flotilla/process';
import { FrameBatch, frameTypes, nativePath, nativeProtocol, openNative, readFrames } from '@flotilla/store-client';
import { WebSocket } from 'ws';
import { LoneMember } from '../lone-member.js';
import { clientTls, serveForTest } from '../serve-for-test.test.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const denied = { code: 'permission-denied', message: 'etcdserver: permission denied' };

const signInNeeded: readonly AuthRequest[] = [
  { kind: 'userAdd', user: 'root', passwordHash: bytes('none') },
  { kind: 'userGrantRole', user: 'root', role: 'root' },
  { kind: 'userAdd', user: 'test client' },
  { kind: 'roleAdd', role: 'own' },
  { kind: 'roleGrantPermission', role: 'own', permission: { type: 'readwrite', key: bytes('own/'), rangeEnd: bytes('own0') } },
  { kind: 'userGrantRole', user: 'test client', role: 'own' },
  { kind: 'enable' },
];

async function guarded(): Promise<LoneMember> {
  const member = new LoneMember();
  await member.propose(encodeCommand({ put: { key: bytes('secret'), value: bytes('1') } }));
  for (const auth of signInNeeded) assert('response' in (await member.propose(encodeCommand({ auth }))));
  return member;
}

test('the native protocol serves the user that the certificate names', { timeout: 20_000 }, async (t) => {
  const { url, close } = await serveForTest({ member: await guarded(), tls: true });
  const kv = openNative({ endpoints: [url], tls: clientTls, clock: systemClock, random: systemRandom, log: silentLogger });
  t.after(() => kv.close().then(close));
  const key = bytes('own/1');
  const secret = bytes('secret');
  const seen = kv.watch({ key, startRevision: 1 });
  await kv.put({ key, value: bytes('1') });
  assert.equal((await kv.range({ key })).count, 1);
  assert.match((await kv.status()).version, /^3\.5\./);
  for await (const { events } of seen) {
    assert.equal(events[0]?.kv.version, 1);
    break;
  }
  await assert.rejects(kv.put({ key: secret, value: key }), denied);
  await assert.rejects(kv.range({ key: secret }), denied);
  await assert.rejects(kv.range({ key: secret, serializable: true }), denied);
  await assert.rejects(kv.deleteRange({ key: secret }), denied);
  const success = [{ range: { key: secret } }];
  await assert.rejects(kv.txn({ compare: [], success, failure: [] }), denied);
  await assert.rejects(kv.txn({ compare: [], success: [], failure: [{ put: { key: secret, value: key } }] }), denied);
  await assert.rejects(async () => {
    for await (const _ of kv.watch({ key: secret })) assert.fail('nothing to see');
  }, denied);
});

/** Learns that users have to sign in at the last moment. */
class LateMember extends LoneMember {
  async #learn(): Promise<void> {
    if (!this.store.auth.enabled) await super.propose(encodeCommand({ auth: { kind: 'enable' } }));
  }

  override async propose(command: Uint8Array) {
    await this.#learn();
    return super.propose(command);
  }

  override async linearizable(): Promise<void> {
    await this.#learn();
  }
}

for (const late of ['put', 'range', 'txn'] as const) {
  test(`a ${late} is made in its caller’s name although the member learns late that it needs one`, async (t) => {
    const member = new LateMember();
    for (const auth of signInNeeded.slice(0, -1)) await LoneMember.prototype.propose.call(member, encodeCommand({ auth }));
    const { url, close } = await serveForTest({ member, tls: true });
    const kv = openNative({ endpoints: [url], tls: clientTls, clock: systemClock, random: systemRandom, log: silentLogger });
    t.after(() => kv.close().then(close));
    const key = bytes('own/1');
    assert.equal(member.store.auth.enabled, false);
    if (late === 'put') await kv.put({ key, value: key });
    if (late === 'range') assert.equal((await kv.range({ key })).count, 0);
    if (late === 'txn') assert.equal((await kv.txn({ compare: [], success: [{ range: { key } }], failure: [] })).succeeded, true);
    assert.equal(member.store.auth.enabled, true);
    await assert.rejects(kv.put({ key: bytes('secret'), value: key }), denied);
  });
}

test('without a certificate the native protocol serves nobody', { timeout: 20_000 }, async (t) => {
  const { url, close } = await serveForTest({ member: await guarded() });
  const kv = openNative({ endpoints: [url], clock: systemClock, random: systemRandom, log: silentLogger });
  t.after(() => kv.close().then(close));
  const nameless = { code: 'invalid', message: 'etcdserver: user name is empty' };
  await assert.rejects(kv.range({ key: bytes('a') }), nameless);
  await assert.rejects(kv.put({ key: bytes('a'), value: bytes('a') }), nameless);
  await assert.rejects(kv.compact(2), nameless);
  await assert.rejects(kv.leaseGrant(10), nameless);
  await assert.rejects(kv.status(), nameless);
});

test('nobody gives commands in another’s name, nor those of members', { timeout: 20_000 }, async (t) => {
  const member = await guarded();
  const { url, close } = await serveForTest({ member });
  t.after(close);
  const put = encodeCommand({ put: { key: bytes('a'), value: bytes('1') } });
  const others: readonly Command[] = [
    { leaseExpire: { id: 1n, renewals: 0 } },
    { auth: { kind: 'disable' } },
    { auth: { kind: 'authenticate', user: 'root', tokenPrefix: 'mine', authRevision: member.store.auth.revision } },
  ];
  for (const forged of [encodeAuthorized({ user: 'root', authRevision: 99 }, put), ...others.map(encodeCommand)]) {
    const socket = new WebSocket(url.replace('http', 'ws') + nativePath, nativeProtocol);
    t.after(() => socket.terminate());
    await once(socket, 'message');
    const batch = new FrameBatch((message) => socket.send(message));
    batch.add(frameTypes.command, 7, (w) => w.raw(forged));
    batch.flush();
    const [message] = (await once(socket, 'message')) as [Buffer];
    const [frame] = [...readFrames(message)];
    assert.equal(frame?.type, frameTypes.error);
    assert.match(Buffer.from(frame.payload).toString('latin1'), /not a command of clients/);
  }
  assert.equal(member.store.auth.enabled, true);
  assert.equal(member.store.range({ key: bytes('a') }).count, 0);
});
