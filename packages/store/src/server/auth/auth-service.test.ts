import assert from 'node:assert/strict';
import test from 'node:test';
import { ManualClock, silentLogger } from '@flotilla/base';
import { type ApplyResult, type AuthRequest, authErrors, encodeCommand, type PlainCommand } from '@flotilla/mvcc';
import type { Caller } from '../caller.js';
import type { ClientService } from '../client-service.js';
import { oneByOne } from '../etcd/call.js';
import { streamCalls } from '../etcd/calls.js';
import type { Wire } from '../etcd/wire.js';
import { LoneMember } from '../lone-member.js';
import { AuthService } from './auth-service.js';
import { Passwords } from './passwords.js';

const ttlMs = 300_000;
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const put = (key: string) => encodeCommand({ put: { key: bytes(key), value: bytes('1') } });
const everything = { type: 'readwrite', key: bytes('\0'), rangeEnd: bytes('\0') } as const;

/** Members that share one log, and read it when they have to. */
class Log {
  readonly entries: Uint8Array[] = [];
}

class LogMember extends LoneMember {
  readonly #log: Log;
  #applied = 0;
  /** Called once, before the next proposal gets its turn. */
  before: (() => Promise<unknown>) | undefined;

  constructor(log: Log) {
    super();
    this.#log = log;
  }

  override async propose(command: Uint8Array): Promise<ApplyResult> {
    const { before } = this;
    this.before = undefined;
    await before?.();
    this.#log.entries.push(command);
    return this.#catchUp();
  }

  override async linearizable(): Promise<void> {
    this.#catchUp();
  }

  #catchUp(): ApplyResult {
    let result: ApplyResult = { error: authErrors.notEnabled() };
    for (const entry of this.#log.entries.slice(this.#applied)) result = this.store.apply(++this.#applied, entry);
    return result;
  }
}

async function setUp() {
  const clock = new ManualClock();
  const log = new Log();
  const open = () => {
    const member = new LogMember(log);
    const auth = new AuthService({ member, clock, log: silentLogger, tokenTtlMs: ttlMs, passwordCost: 4 });
    const as = (command: PlainCommand) =>
      member.propose(encodeCommand({ authorized: { user: 'root', authRevision: 1_000, command } }));
    return { member, auth, change: (request: AuthRequest) => as({ auth: request }) };
  };
  const [one, other] = [open(), open()];
  const requests: readonly AuthRequest[] = [
    { kind: 'userAdd', user: 'root', passwordHash: await one.auth.passwords.hash('pw') },
    { kind: 'userGrantRole', user: 'root', role: 'root' },
    { kind: 'userAdd', user: 'alice', passwordHash: await one.auth.passwords.hash('secret') },
    { kind: 'userAdd', user: 'certified' },
    { kind: 'roleAdd', role: 'all' },
    { kind: 'roleGrantPermission', role: 'all', permission: everything },
    { kind: 'userGrantRole', user: 'alice', role: 'all' },
    { kind: 'enable' },
  ];
  for (const request of requests) await one.change(request);
  const signIn = async (user: string, password: string): Promise<Caller> => {
    const { token = '' } = await one.auth.authenticate(user, password);
    return { token };
  };
  return { clock, log, one, other, signIn };
}

const invalidToken = { code: 'unauthenticated', message: 'etcdserver: invalid auth token' };

test('a token is good on every member, one that lags behind included', async () => {
  const { other, signIn } = await setUp();
  const caller = await signIn('alice', 'secret');
  assert.match(caller.token ?? '', /^[a-zA-Z]{16}\.9$/);
  assert.equal(other.member.store.appliedIndex, 0);
  await other.member.linearizable();
  assert.equal(await other.auth.user(caller), 'alice');
  const next = await signIn('root', 'pw');
  assert.equal(other.auth.mayKnow(next), false);
  assert.equal(await other.auth.user(next), 'root');
  assert.equal(other.auth.mayKnow(next), true);
});

test('who shows no token is who the certificate names, or nobody', async () => {
  const { one, signIn } = await setUp();
  assert.equal(await one.auth.user({}), '');
  assert.equal(await one.auth.user({ commonName: 'certified' }), 'certified');
  const { token = '' } = await signIn('alice', 'secret');
  assert.equal(await one.auth.user({ token, commonName: 'certified' }), 'alice');
  for (const wrong of ['', 'nonsense', 'a.b.c', 'a.1', 'a.99999', `${token}0`]) {
    await assert.rejects(one.auth.user({ token: wrong, commonName: 'certified' }), invalidToken, wrong);
  }
});

test('a token ends when it is not used, when the password changes, when auth is switched off', async () => {
  const { clock, one, signIn } = await setUp();
  const [used, idle] = [await signIn('alice', 'secret'), await signIn('alice', 'secret')];
  clock.advance(ttlMs - 1);
  assert.equal(await one.auth.user(used), 'alice');
  clock.advance(ttlMs - 1);
  assert.equal(await one.auth.user(used), 'alice');
  await assert.rejects(one.auth.user(idle), invalidToken);
  clock.advance(ttlMs);
  await assert.rejects(one.auth.user(used), invalidToken);

  const [alice, root] = [await signIn('alice', 'secret'), await signIn('root', 'pw')];
  await one.change({ kind: 'userChangePassword', user: 'alice', passwordHash: await one.auth.passwords.hash('new') });
  await assert.rejects(one.auth.user(alice), invalidToken);
  assert.equal(await one.auth.user(root), 'root');
  await one.change({ kind: 'disable' });
  await one.change({ kind: 'enable' });
  await assert.rejects(one.auth.user(root), invalidToken);
});

test('signing in takes the right password, as of the moment that it counts', async () => {
  const { one, signIn } = await setUp();
  const failed = { code: 'invalid', message: 'etcdserver: authentication failed, invalid user ID or password' };
  await assert.rejects(signIn('alice', 'wrong'), failed);
  await assert.rejects(signIn('eve', 'secret'), failed);
  await assert.rejects(signIn('certified', ''), { code: 'unclassified', message: /password was given for no password user/ });
  const passwordHash = await one.auth.passwords.hash('new');
  one.member.before = () => one.change({ kind: 'userChangePassword', user: 'alice', passwordHash });
  await assert.rejects(signIn('alice', 'secret'), failed);
  one.member.before = () => one.change({ kind: 'roleAdd', role: 'unrelated' });
  assert.equal(await one.auth.user(await signIn('alice', 'new')), 'alice');
  await one.change({ kind: 'disable' });
  await assert.rejects(signIn('alice', 'new'), { message: 'etcdserver: authentication is not enabled' });
});

test('a command whose user was looked up too early goes again, with the rights that the user has now', async () => {
  const { log, one, signIn } = await setUp();
  const alice = await signIn('alice', 'secret');
  one.member.before = () => one.change({ kind: 'roleAdd', role: 'unrelated' });
  const entries = log.entries.length;
  assert('response' in (await one.auth.propose(put('a'), alice)));
  assert.equal(log.entries.length, entries + 3);
  one.member.before = () => one.change({ kind: 'userRevokeRole', user: 'alice', role: 'all' });
  const refused = await one.auth.propose(put('a'), alice);
  assert('error' in refused && refused.error.code === 'permission-denied');
  let changes = 0;
  const keepChanging = async () => {
    await one.change({ kind: 'roleAdd', role: `unrelated-${++changes}` });
    one.member.before = keepChanging;
  };
  one.member.before = keepChanging;
  const given = await one.auth.propose(put('a'), alice);
  assert('error' in given && given.error.message === 'etcdserver: revision of auth store is old');
});

test('what a stranger asks for does not reach the log', async () => {
  const { log, one } = await setUp();
  const entries = log.entries.length;
  await assert.rejects(one.auth.propose(put('a'), {}), { code: 'invalid', message: 'etcdserver: user name is empty' });
  await assert.rejects(one.auth.requireUser({}), { message: 'etcdserver: user name is empty' });
  await assert.rejects(one.auth.requireRoot({ commonName: 'certified' }), { code: 'permission-denied' });
  await assert.rejects(one.auth.requireRoot({ commonName: 'stranger' }), { message: 'etcdserver: user name not found' });
  assert.equal(log.entries.length, entries);
});

test('a stream begins when its token is known, and loses nothing that was said before', async () => {
  const { other, signIn } = await setUp();
  const caller = await signIn('alice', 'secret');
  const { member, auth } = other;
  await member.linearizable();
  const late = await signIn('alice', 'secret');
  const seen: string[] = [];
  const refusesWatch = (_request: object, who: Caller) => {
    seen.push(auth.userNow(who));
    return undefined;
  };
  const service = { member, auth, store: member.store, refusesWatch } as unknown as ClientService; // what a watch uses of it
  const open = streamCalls.find(({ name }) => name === 'etcdserverpb.Watch/Watch')!.stream;
  const watch = async (who: Caller) => {
    const answers: Wire[] = [];
    const send = (message: Wire) => answers.push(message) > 0;
    const sink = {
      send,
      sendEach: oneByOne(send),
      end() {},
      fail: (error: unknown) => assert.fail(String(error)),
    };
    const session = open({ service, caller: who }, sink, new ManualClock());
    session.request({ create_request: { key: Buffer.from('a') } });
    session.request({ create_request: { key: Buffer.from('b') } });
    const atOnce = answers.length;
    await new Promise((resolve) => setImmediate(resolve));
    session.close();
    return [atOnce, ...answers.map(({ watch_id }) => watch_id)];
  };
  assert.deepEqual(await watch(caller), [2, '0', '1']);
  assert.deepEqual(await watch(late), [0, '0', '1']);
  assert.deepEqual(seen, ['alice', 'alice', 'alice', 'alice']);
});

test('passwords match their own hashes only, and no two hashes are alike', async () => {
  for (const cost of [4, 10, 11]) {
    const passwords = new Passwords(cost);
    const [one, same, empty] = await Promise.all(['pässword', 'pässword', ''].map((text) => passwords.hash(text)));
    assert(one !== undefined && same !== undefined && empty !== undefined);
    assert.notDeepEqual(one, same);
    assert.equal(await passwords.matches('pässword', one), true);
    assert.equal(await new Passwords(4).matches('pässword', one), true);
    assert.equal(await passwords.matches('password', one), false);
    assert.equal(await passwords.matches('', empty), true);
    assert.equal(await passwords.matches('', one), false);
  }
});
