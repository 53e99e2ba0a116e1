import assert from 'node:assert/strict';
import test from 'node:test';
import { type AuthRequest, encodeCommand } from '@flotilla/mvcc';
import { streamCalls, unaryCalls } from '../etcd/calls.js';
import { LoneMember } from '../lone-member.js';
import { serveForTest } from '../serve-for-test.test.js';

/*
 * Whatever is added to the table of calls: once users have to sign in, it asks who calls.
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
  { kind: 'enable' },
];

test('no call but Authenticate answers a stranger', { timeout: 30_000 }, async (t) => {
  const member = new LoneMember();
  for (const auth of requests) await member.propose(encodeCommand({ auth }));
  const { url, close } = await serveForTest({ member });
  const applied = member.store.appliedIndex;
  for (const { name, paths } of [...unaryCalls, ...streamCalls]) {
    if (name.endsWith('/Authenticate')) continue;
    for (const path of paths) {
      await t.test(path, async () => {
        const abort = new AbortController();
        const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(anything), signal: abort.signal });
        const first = await response.body?.getReader().read();
        assert.match(Buffer.from(first?.value ?? []).toString(), /etcdserver: user name is empty/, name);
        abort.abort();
      });
    }
  }
  assert.equal(member.store.appliedIndex, applied);
  await close();
});
