import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type AuthObserver,
  type AuthRequest,
  binaryBytes,
  type Command,
  decodeCommand,
  encodeAuthorized,
  encodeCommand,
  MemoryBackend,
  MvccStore,
  type PlainCommand,
  prefixEnd,
  type RequestOp,
} from '../index.js';

const bytes = binaryBytes;
const put = (key: string): { put: { key: Uint8Array; value: Uint8Array } } => ({ put: { key: bytes(key), value: bytes('1') } });

const setUp: readonly AuthRequest[] = [
  { kind: 'userAdd', user: 'root', passwordHash: bytes('r') },
  { kind: 'userGrantRole', user: 'root', role: 'root' },
  { kind: 'userAdd', user: 'alice', passwordHash: bytes('a') },
  { kind: 'roleAdd', role: 'writer' },
  {
    kind: 'roleGrantPermission',
    role: 'writer',
    permission: { type: 'readwrite', key: bytes('a'), rangeEnd: prefixEnd(bytes('a')) },
  },
  { kind: 'userGrantRole', user: 'alice', role: 'writer' },
  { kind: 'enable' },
];

class Machine {
  readonly backend = new MemoryBackend();
  readonly store = MvccStore.empty(this.backend, { defer: () => {} });
  #index = 0;

  constructor() {
    for (const auth of setUp) assert.equal(this.apply({ auth }), 'done');
  }

  apply(command: Command): string {
    const result = this.store.apply(++this.#index, encodeCommand(command));
    return 'error' in result ? result.error.message : 'done';
  }

  as(user: string, command: PlainCommand): string {
    return this.apply({ authorized: { user, authRevision: this.store.auth.revision, command } });
  }
}

test('commands in a user’s name travel whole, whoever encoded them', () => {
  const commands: readonly PlainCommand[] = [
    put('a'),
    { compact: { revision: 3 } },
    ...setUp.map((auth) => ({ auth })),
    { auth: { kind: 'disable' } },
    { auth: { kind: 'authenticate', user: 'u', tokenPrefix: 'abc', authRevision: 7 } },
    { auth: { kind: 'userAdd', user: 'without' } },
    { auth: { kind: 'userDelete', user: 'u' } },
    { auth: { kind: 'userChangePassword', user: 'u', passwordHash: bytes('h') } },
    { auth: { kind: 'userRevokeRole', user: 'u', role: 'r' } },
    { auth: { kind: 'roleDelete', role: 'r' } },
    { auth: { kind: 'roleGrantPermission', role: 'r' } },
    { auth: { kind: 'roleRevokePermission', role: 'r', key: bytes('k') } },
    { auth: { kind: 'roleRevokePermission', role: 'r', key: bytes('k'), rangeEnd: bytes('l') } },
  ];
  for (const command of commands) {
    const encoded = encodeCommand(command);
    assert.deepEqual(encodeCommand(decodeCommand(encoded)), encoded);
    const who = { user: 'h\xc3\xa9l\xc3\xa8ne', authRevision: 9 };
    const inName = encodeCommand({ authorized: { ...who, command } });
    assert.deepEqual(encodeAuthorized(who, encoded), inName);
    assert.deepEqual(encodeCommand(decodeCommand(inName)), inName);
  }
  const who = { user: 'a', authRevision: 1 };
  const twice = encodeAuthorized(who, encodeAuthorized(who, encodeCommand(put('a'))));
  assert.throws(() => decodeCommand(twice), /no such command: 12/);
});

test('a nested transaction needs what all of it needs', () => {
  const machine = new Machine();
  const nested = (op: RequestOp): PlainCommand => ({
    txn: { compare: [], success: [put('a'), { txn: { compare: [], success: [], failure: [op] } }], failure: [] },
  });
  assert.equal(machine.as('alice', nested(put('ab'))), 'done');
  assert.equal(machine.as('alice', nested(put('b'))), 'etcdserver: permission denied');
  assert.equal(machine.as('alice', nested({ range: { key: bytes('b') } })), 'etcdserver: permission denied');
  const compare = { key: bytes('b'), result: 'equal', target: { version: 0 } } as const;
  assert.equal(
    machine.as('alice', nested({ txn: { compare: [compare], success: [], failure: [] } })),
    'etcdserver: permission denied',
  );
});

test('who keeps sessions hears of tokens, of changed users, and of their end', async () => {
  const machine = new Machine();
  const heard: string[] = [];
  const observer: AuthObserver = {
    tokenAssigned: (user, token) => void heard.push(`${user}: ${token}`),
    userChanged: (user) => void heard.push(`${user} changed`),
    reset: () => void heard.push('reset'),
  };
  machine.store.observeAuth(observer);
  const authRevision = machine.store.auth.revision;
  machine.apply({ auth: { kind: 'authenticate', user: 'alice', tokenPrefix: 'pre', authRevision } });
  machine.apply({ auth: { kind: 'authenticate', user: 'alice', tokenPrefix: 'old', authRevision: authRevision - 1 } });
  machine.as('root', { auth: { kind: 'userChangePassword', user: 'alice', passwordHash: bytes('b') } });
  machine.as('alice', { auth: { kind: 'userDelete', user: 'root' } });
  machine.as('root', { auth: { kind: 'userDelete', user: 'alice' } });
  await machine.store.reload();
  machine.as('root', { auth: { kind: 'disable' } });
  assert.deepEqual(heard, ['alice: pre.8', 'alice changed', 'alice changed', 'reset', 'reset']);
});

test('a snapshot brings its users and roles', async () => {
  const machine = new Machine();
  const other = new Machine();
  other.as('root', { auth: { kind: 'userDelete', user: 'alice' } });
  const changes: { key: Uint8Array; value: Uint8Array | undefined }[] = [];
  for await (const page of machine.backend.pages(bytes('\0'), bytes('\xff')))
    for (const [key] of page) changes.push({ key, value: undefined });
  for await (const page of other.backend.pages(bytes('\0'), bytes('\xff')))
    for (const [key, value] of page) changes.push({ key, value });
  machine.backend.write(changes);
  assert.equal(machine.store.auth.users.has('alice'), true);
  await machine.store.reload();
  assert.deepEqual([...machine.store.auth.users.keys()], ['root']);
  assert.equal(machine.store.auth.enabled, true);
  assert.throws(() => machine.store.checkAccess('alice', put('a')), /permission denied/);
  machine.store.checkAccess('root', put('a'));
});
