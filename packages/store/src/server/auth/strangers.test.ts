import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { type AuthRequest, encodeCommand } from '@flotilla/mvcc';
import { streamCalls, unaryCalls } from '../etcd/calls.js';
import { LoneMember } from '../lone-member.js';
import { serveForTest } from '../serve-for-test.test.js';

/*
 * Whatever is added to the table of calls: once users have to sign in, it asks who calls, and what that user may do.
 */

const b64 = Buffer.from('a').toString('base64');
const range = { key: b64, range_end: '' };

/** Something of everything that a request may hold; what is not of its kind is overlooked. */
const anything = {
  ...range,
  ...{ ID: '5', TTL: '10', lease: '5', revision: '1', linearizable: true, keys: true, peerURLs: ['http://127.0.0.1:1'] },
  ...{ name: b64, user: 'a', role: 'a', value: b64, leader: { name: b64, key: b64, rev: '1', lease: '5' } },
  compare: [{ ...range, result: 'EQUAL', target: 'VERSION' }],
  create_request: range,
};

const requests: readonly AuthRequest[] = [
  { kind: 'userAdd', user: 'root' },
  { kind: 'userGrantRole', user: 'root', role: 'root' },
  { kind: 'userAdd', user: 'powerless', passwordHash: new Uint8Array(1) },
  { kind: 'enable' },
  { kind: 'authenticate', user: 'powerless', tokenPrefix: 'powerless', authRevision: 4 },
];

/** Users may do these without any right: they concern no keys, or leases without keys. */
const openToUsers = [
  ...[
    'KV/Compact',
    'Lease/LeaseGrant',
    'Lease/LeaseRevoke',
    'Lease/LeaseTimeToLive',
    'Lease/LeaseLeases',
    'Lease/LeaseKeepAlive',
  ],
  ...['Cluster/MemberList', 'Maintenance/Status', 'Maintenance/Alarm'],
].map((name) => `etcdserverpb.${name}`);

/** Makes every call of the table, but those of `except`, and looks at the first thing that is answered. */
async function callAll(t: TestContext, except: readonly string[], headers: Record<string, string>, expected: RegExp) {
  const member = new LoneMember();
  const { url, close } = await serveForTest({ member });
  t.after(close);
  for (const auth of requests) assert('response' in (await member.propose(encodeCommand({ auth }))));
  for (const { name, paths } of [...unaryCalls, ...streamCalls]) {
    if (except.includes(name)) continue;
    for (const path of paths) {
      await t.test(path, async () => {
        const abort = new AbortController();
        const init = { method: 'POST', headers, body: JSON.stringify(anything), signal: abort.signal };
        const first = await (await fetch(url + path, init)).body?.getReader().read();
        assert.match(Buffer.from(first?.value ?? []).toString(), expected, name);
        abort.abort();
      });
    }
  }
  return member;
}

const authenticate = 'etcdserverpb.Auth/Authenticate';

test('no call but Authenticate answers a stranger, nor reaches the log', { timeout: 30_000 }, async (t) => {
  const member = await callAll(t, [authenticate], {}, /etcdserver: user name is empty/);
  assert.equal(member.store.appliedIndex, requests.length);
});

test('a user without rights may do what concerns no keys and nobody else', { timeout: 30_000 }, async (t) => {
  const headers = { authorization: `powerless.${requests.length}` };
  const member = await callAll(t, [authenticate, ...openToUsers], headers, /etcdserver: permission denied/);
  assert.equal(member.store.revision, 1);
});
