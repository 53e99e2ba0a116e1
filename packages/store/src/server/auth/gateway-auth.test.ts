import assert from 'node:assert/strict';
import { request } from 'node:https';
import test from 'node:test';
import { clientTls, serveForTest } from '../serve-for-test.test.js';

const b64 = (text: string) => Buffer.from(text).toString('base64');

test('the JSON gateway takes a token in Authorization, and says with what status it refuses', async () => {
  const { url, close } = await serveForTest();
  const post = async (path: string, body: object, token?: string): Promise<[status: number, body: Record<string, unknown>]> => {
    const headers = token === undefined ? {} : { authorization: token };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return [response.status, JSON.parse(await response.text()) as Record<string, unknown>];
  };
  const done = async (path: string, body: object, token?: string) => {
    const [status, { header, ...rest }] = await post(path, body, token);
    assert.equal(status, 200, JSON.stringify(rest));
    assert.notEqual(header, undefined);
    return rest;
  };
  await done('/v3/auth/user/add', { name: 'root', password: 'pw' });
  await done('/v3/auth/user/add', { name: 'zoë', options: { noPassword: true } });
  await done('/v3/auth/user/grant', { user: 'root', role: 'root' });
  await done('/v3/auth/role/add', { name: 'reader' });
  await done('/v3/auth/role/grant', { name: 'reader', perm: { key: b64('a'), rangeEnd: b64('b'), permType: 'READ' } });
  await done('/v3/auth/role/grant', { name: 'reader', perm: { key: b64('c'), range_end: b64('\0'), permType: 2 } });
  await done('/v3/auth/user/grant', { user: 'zoë', role: 'reader' });
  assert.deepEqual(await done('/v3/auth/status', {}), { authRevision: '8' });
  assert.deepEqual(await done('/v3/auth/enable', {}), {});

  const { token } = await done('/v3/auth/authenticate', { name: 'root', password: 'pw' });
  const root = String(token);
  assert.deepEqual(await done('/v3/auth/status', {}, root), { enabled: true, authRevision: '8' });
  assert.deepEqual(await done('/v3/auth/user/list', {}, root), { users: ['root', 'zoë'] });
  assert.deepEqual(await done('/v3/auth/user/get', { name: 'zoë' }, root), { roles: ['reader'] });
  assert.deepEqual(await done('/v3/auth/role/get', { role: 'reader' }, root), {
    perm: [
      { key: b64('a'), range_end: b64('b') },
      { permType: 'READWRITE', key: b64('c'), range_end: b64('\0') },
    ],
  });
  await done('/v3/kv/put', { key: b64('a') }, root);
  await done('/v3/auth/user/changepw', { name: 'zoë', password: 'ignored' }, root);
  await done('/v3/auth/user/add', { name: 'yann', password: 'pw' }, root);
  await done('/v3/auth/user/grant', { user: 'yann', role: 'reader' }, root);
  const yann = String((await done('/v3/auth/authenticate', { name: 'yann', password: 'pw' }))['token']);

  const refusals: readonly [path: string, body: object, token: string | undefined, status: number, code: number, text: string][] =
    [
      ['/v3/kv/range', { key: b64('a') }, undefined, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/kv/range', { key: b64('b') }, yann, 403, 7, 'etcdserver: permission denied'],
      ['/v3/kv/put', { key: b64('a') }, yann, 403, 7, 'etcdserver: permission denied'],
      ['/v3/kv/put', { key: b64('a') }, `${yann}0`, 401, 16, 'etcdserver: invalid auth token'],
      ['/v3/auth/user/add', { name: 'yann' }, root, 400, 9, 'etcdserver: user name already exists'],
      ['/v3/auth/user/add', { name: '' }, root, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/auth/role/grant', { name: 'reader' }, root, 400, 3, 'etcdserver: permission not given'],
      [
        '/v3/auth/role/grant',
        { name: 'reader', perm: { key: b64('z'), range_end: b64('a') } },
        root,
        400,
        3,
        'etcdserver: invalid auth management',
      ],
      ['/v3/auth/status', {}, yann, 403, 7, 'etcdserver: permission denied'],
      ['/v3/kv/compaction', { revision: 1 }, undefined, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/lease/grant', { TTL: 5 }, undefined, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/lease/timetolive', { ID: 5 }, undefined, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/lease/leases', {}, undefined, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/cluster/member/list', {}, undefined, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/maintenance/status', {}, undefined, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/maintenance/alarm', {}, undefined, 400, 3, 'etcdserver: user name is empty'],
      ['/v3/maintenance/alarm', { action: 'DEACTIVATE' }, yann, 403, 7, 'etcdserver: permission denied'],
      ['/v3/maintenance/hash', {}, yann, 403, 7, 'etcdserver: permission denied'],
      ['/v3/maintenance/defragment', {}, yann, 403, 7, 'etcdserver: permission denied'],
      ['/v3/maintenance/transfer-leadership', {}, yann, 403, 7, 'etcdserver: permission denied'],
      ['/v3/cluster/member/add', { peerURLs: [] }, yann, 403, 7, 'etcdserver: permission denied'],
    ];
  for (const [path, body, by, status, code, text] of refusals) {
    const expected = [status, { error: text, message: text, code }];
    assert.deepEqual(await post(path, body, by), expected, `${path} ${JSON.stringify(body)}`);
  }

  await done('/v3/lease/grant', { ID: 7, TTL: 60 }, yann);
  await done('/v3/kv/put', { key: b64('c'), lease: 7 }, yann);
  await done('/v3/lease/timetolive', { ID: 7, keys: true }, yann);
  assert.deepEqual(await done('/v3/lease/leases', {}, yann), { leases: [{ ID: '7' }] });
  await done('/v3/auth/role/revoke', { role: 'reader', key: b64('c'), range_end: b64('\0') }, root);
  await done('/v3/lease/timetolive', { ID: 7 }, yann);
  assert.equal((await post('/v3/lease/timetolive', { ID: 7, keys: true }, yann))[0], 403);
  assert.equal((await post('/v3/lease/leases', {}, yann))[0], 403);
  assert.equal((await post('/v3/lease/revoke', { ID: 7 }, yann))[0], 403);
  assert.equal((await post('/v3/lease/keepalive', { ID: 7 }, yann))[1]['error'] !== undefined, true);
  await done('/v3/lease/timetolive', { ID: 7, keys: true }, root);
  await done('/v3/lease/revoke', { ID: 7 }, root);
  await close();
});

test('the JSON gateway does not take a certificate for a user, as etcd’s does not', async () => {
  const { url, close } = await serveForTest({ tls: true });
  const post = (path: string, body: object) =>
    new Promise<string>((resolve, reject) => {
      const sent = request(url + path, { method: 'POST', ...clientTls() }, (response) => {
        let text = '';
        response.on('data', (part: Buffer) => {
          text += part.toString();
        });
        response.on('end', () => resolve(text));
      });
      sent.on('error', reject).end(JSON.stringify(body));
    });
  await post('/v3/auth/user/add', { name: 'root', password: 'pw' });
  await post('/v3/auth/user/grant', { user: 'root', role: 'root' });
  await post('/v3/auth/user/add', { name: 'test client', password: 'pw' });
  await post('/v3/auth/user/grant', { user: 'test client', role: 'root' });
  await post('/v3/auth/enable', {});
  assert.match(await post('/v3/kv/range', { key: b64('a') }), /etcdserver: user name is empty/);
  await close();
});
