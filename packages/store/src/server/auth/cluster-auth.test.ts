import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, findLeader, type MemberProcess, startCluster } from '../../node/process-cluster.test.js';

const b64 = (text: string) => Buffer.from(text).toString('base64');

async function post({ clientUrl }: MemberProcess, path: string, body: object, token?: string): Promise<Record<string, unknown>> {
  const headers = token === undefined ? {} : { authorization: token };
  const response = await fetch(clientUrl + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = JSON.parse(await response.text()) as Record<string, unknown>;
  if (!response.ok) throw new Error(String(answer['error']));
  return answer;
}

async function signIn(member: MemberProcess, name: string, password: string): Promise<string> {
  return String((await post(member, '/v3/auth/authenticate', { name, password }))['token']);
}

test('three members: a token of one is good on all, a right that one revokes ends on all, users survive kill -9 of all', async (t) => {
  const members = startCluster(t, { net: '127.21.9', flags: ['--bcrypt-cost', '4'] });
  await findLeader(members);
  // Two make a leader; the third may not listen yet.
  for (const member of members) await eventually(() => post(member, '/v3/maintenance/status', {}));
  const [first, second, third] = members as [MemberProcess, MemberProcess, MemberProcess];
  await post(first, '/v3/auth/user/add', { name: 'root', password: 'pw' });
  await post(second, '/v3/auth/user/grant', { user: 'root', role: 'root' });
  await post(third, '/v3/auth/user/add', { name: 'alice', password: 'secret' });
  await post(first, '/v3/auth/role/add', { name: 'writer' });
  await post(second, '/v3/auth/role/grant', { name: 'writer', perm: { permType: 'READWRITE', key: b64('a') } });
  await post(third, '/v3/auth/user/grant', { user: 'alice', role: 'writer' });
  await post(first, '/v3/auth/enable', {});

  const alice = await signIn(first, 'alice', 'secret');
  await post(second, '/v3/kv/put', { key: b64('a'), value: b64('1') }, alice);
  assert.equal((await post(third, '/v3/kv/range', { key: b64('a') }, alice))['count'], '1');
  const root = await signIn(third, 'root', 'pw');
  await post(first, '/v3/auth/user/revoke', { name: 'alice', role: 'writer' }, root);
  for (const member of members) {
    await assert.rejects(post(member, '/v3/kv/put', { key: b64('a') }, alice), /permission denied/);
    await assert.rejects(post(member, '/v3/kv/range', { key: b64('a') }, alice), /permission denied/);
    await assert.rejects(post(member, '/v3/kv/range', { key: b64('a') }), /user name is empty/);
  }
  await post(second, '/v3/auth/user/grant', { user: 'alice', role: 'writer' }, root);
  await post(third, '/v3/kv/put', { key: b64('a'), value: b64('2') }, alice);

  await Promise.all(members.map((member) => member.stop('SIGKILL')));
  for (const member of members) member.start();
  await findLeader(members);
  for (const member of members) {
    await eventually(() => assert.rejects(post(member, '/v3/kv/put', { key: b64('a') }), /user name is empty/));
    const token = await signIn(member, 'alice', 'secret');
    const { kvs } = await post(member, '/v3/kv/range', { key: b64('a') }, token);
    assert.equal((kvs as { value: string }[])[0]?.value, b64('2'));
  }
});
