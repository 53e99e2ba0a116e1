import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pick, seededRandom } from '@flotilla/base';
import { configMap, TestServer } from '../testing/api-servers.js';
import { adminPair } from '../testing/certificates.js';
import { mutate } from '../testing/fuzz/hostile.js';
import { codesOf, sendRaw } from '../testing/fuzz/raw-client.js';

const marker = 'belongs-to-somebody-else';
const host = '127.22.7.1';
let server: TestServer;
before(async () => {
  server = await TestServer.start();
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }];
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const created = await Promise.all([
    server.call('/api/v1/namespaces/kube-system/configmaps', { method: 'POST', body: configMap('other', { a: marker }) }),
    server.call(`${rbac}/roles`, { method: 'POST', body: { metadata: { name: 'bob' }, rules } }),
    server.call(`${rbac}/rolebindings`, {
      method: 'POST',
      body: {
        metadata: { name: 'bob' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'bob' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'bob' }],
      },
    }),
  ]);
  assert.deepEqual(
    created.map(({ code }) => code),
    [201, 201, 201],
  );
});
after(() => server.close());

const send = (bytes: string) => sendRaw(server.server.port, host, bytes, null);
const bob = 'Host: x\r\nAuthorization: Bearer secret-of-bob\r\n';
const configMaps = '/api/v1/namespaces/default/configmaps';
const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\n${bob}${more}\r\n`;
const smuggled = get('/api/v1/namespaces/kube-system/configmaps/other');
const post = (headers: string, body: string) =>
  `POST ${configMaps} HTTP/1.1\r\n${bob}Content-Type: application/json\r\n${headers}\r\n${body}`;

const whole = (headers: string, body: string) => `POST ${configMaps} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
const webSocket = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\n`;
const frames = [
  ['a frame that is not masked', '\u0082\u0001a'],
  ['an unknown opcode', '\u0083\u0080\0\0\0\0'],
  ['a length beyond numbers', '\u0082\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\0\0\0\0'],
  ['a control frame in pieces', '\u0009\u0080\0\0\0\0'],
  ['reserved bits', '\u00f2\u0080\0\0\0\0'],
  ['text that is not UTF-8', '\u0081\u0081\0\0\0\0\u00ff'],
  ['a piece of nothing', '\u0080\u0080\0\0\0\0'],
  ['half a frame', '\u0082\u00fe\u0001'],
] as const;

/** What is sent, and the codes of all answers. */
const table: readonly (readonly [string, string, readonly number[]])[] = [
  ['a good request', get(configMaps), [200]],
  ['two good requests at once', get(configMaps) + get(configMaps), [200, 200]],
  ['length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${smuggled}`), [400]],
  ['two lengths', post('Content-Length: 0\r\nContent-Length: 30\r\n', smuggled), [400]],
  ['a list of lengths', post('Content-Length: 0, 0\r\n', smuggled), [400]],
  ['a negative length', post('Content-Length: -1\r\n', ''), [400]],
  ['a length beyond numbers', post('Content-Length: 99999999999999999999999\r\n', ''), [400]],
  ['an encoding that is not chunked', post('Transfer-Encoding: chunked, identity\r\n', smuggled), [400]],
  ['an unknown encoding', post('Transfer-Encoding: xchunked\r\n', smuggled), [400]],
  ['a space before the colon', post('Transfer-Encoding : chunked\r\n', `0\r\n\r\n${smuggled}`), [400]],
  ['a header that goes on', get(configMaps, 'X-A: b\r\n  Content-Length: 5\r\n'), [400]],
  ['a chunk of no size', post('Transfer-Encoding: chunked\r\n', `zz\r\n${smuggled}`), [400]],
  ['a chunk beyond numbers', post('Transfer-Encoding: chunked\r\n', `FFFFFFFFFFFFFFFFFF\r\n${smuggled}`), [400]],
  ['long chunk extensions', post('Transfer-Encoding: chunked\r\n', `1;${'a'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`), [400]],
  ['no host', 'GET /version HTTP/1.1\r\n\r\n', [400]],
  ['NUL in a path', get('/api/v1/\u0000'), [400]],
  ['NUL in a header', get(configMaps, 'X-A: \u0000\r\n'), [400]],
  ['an encoded NUL in a name', get(`${configMaps}/%00`), [404]],
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', [400]],
  ['HTTP/2 to a server of HTTP/1', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['a tunnel', `CONNECT kube-system:443 HTTP/1.1\r\n${bob}\r\n`, []],
  ['a path that leads up', get(`${configMaps}/../../kube-system/configmaps/other`), [403]],
  ['an encoded path that leads up', get(`${configMaps}/..%2f..%2fkube-system%2fconfigmaps%2fother`), [403]],
  ['an encoded slash', get('/api/v1/namespaces/kube-system%2fconfigmaps/other'), [403]],
  ['a path with two beginnings', get('//api/v1/namespaces/kube-system/configmaps/other'), [403]],
  ['a path that names a host', get('https://x/api/v1/namespaces/kube-system/configmaps/other'), [403]],
  ['a namespace in the query', get(`${configMaps}?namespace=kube-system&fieldSelector=metadata.namespace%3Dkube-system`), [200]],
  ['a token that leads elsewhere', get(`${configMaps}?continue=${token('../kube-system/other')}`), [400]],
  ['many headers', get(configMaps, 'X-A: b\r\n'.repeat(3_000)), [200]],
  ['trailers that say who asks', whole('Transfer-Encoding: chunked\r\n', `2\r\n{}\r\n0\r\n${bob}\r\n`), [401]],
  [
    'trailers that say how long it is',
    post('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\nContent-Length: 9\r\n\r\n'),
    [400],
  ],
  [
    'a change to HTTP/2',
    get(configMaps, 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
    [400],
  ],
  ['a compressed body', post('Content-Encoding: gzip\r\nContent-Length: 2\r\n', '\u001f\u008b'), [400]],
  ['a WebSocket without a key', get(`${configMaps}?watch=1`, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'), [400]],
  ...frames.map(([what, bytes]) => [`a WebSocket of ${what}`, get(`${configMaps}?watch=1`, webSocket) + bytes, [101]] as const),
];

function token(start: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: -1, start })).toString('base64url');
}

for (const [name, bytes, codes] of table) {
  test(`raw bytes: ${name}`, async () => {
    const received = await send(bytes);
    assert.deepEqual(codesOf(received), codes, received.slice(0, 1_000));
    assert.ok(!received.includes(marker));
  });
}

test('clients that never finish what they say hinder nobody', async () => {
  const slow = Array.from({ length: 100 }, (_, i) => send(post('Content-Length: 1000\r\n', '{').slice(0, i + 1)));
  assert.equal((await server.call(configMaps)).code, 200);
  for (const received of await Promise.all(slow))
    assert.deepEqual(
      codesOf(received).filter((code) => code >= 500),
      [],
    );
});

for (const seed of [1, 2]) {
  test(`whatever bytes come, no answer blames the server or shows what belongs to others (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const good = table.map(([, bytes]) => bytes).filter((bytes) => bytes.length < 2_000);
    const sent = Array.from({ length: 100 }, () => mutate(pick(random, good), random));
    for (let at = 0; at < sent.length; at += 20) {
      const answers = await Promise.all(sent.slice(at, at + 20).map(send));
      answers.forEach((received, i) => {
        const shown = `${JSON.stringify(sent[at + i])}\n${received.slice(0, 1_000)}`;
        assert.deepEqual(
          codesOf(received).filter((code) => code >= 500),
          [],
          shown,
        );
        assert.ok(!received.includes(marker), shown);
      });
    }
    assert.equal((await server.call(configMaps, { as: adminPair })).code, 200);
  });
}
