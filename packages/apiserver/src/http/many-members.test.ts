import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bodyObjectsMax, warningCharactersMax } from '../limits.js';
import { TestServer } from '../testing/api-servers.js';
import { cronTabs, establish } from '../testing/custom-resources.js';

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

const many = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => item(index)).join('');
const post = (path: string, type: string, body: string | Buffer) =>
  server.call(path, { method: 'POST', body, headers: { 'content-type': type } });
const configMaps = '/api/v1/namespaces/default/configmaps';

/** In Kubernetes' envelope, a ConfigMap with that many empty `metadata.ownerReferences`. */
function withOwners(count: number): Buffer {
  const field = (number: number, bytes: Buffer) => {
    const length: number[] = [];
    for (let left = bytes.length; length.length === 0 || left > 0; left >>>= 7)
      length.push((left & 127) | (left > 127 ? 128 : 0));
    return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
  };
  const type = Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from('ConfigMap'))]);
  const metadata = Buffer.alloc(2 * count, Buffer.from([13 * 8 + 2, 0]));
  return Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, field(1, metadata))]);
}

test('a body of more objects than can be stored is too large, whatever it is written in', async () => {
  const count = bodyObjectsMax + 1;
  const replies = [
    await post(configMaps, 'application/json', `{"metadata":{"ownerReferences":[{}${many(count, () => ',{}')}]}}`),
    await post(configMaps, 'application/yaml', `metadata: {ownerReferences: [{}${many(count, () => ',{}')}]}`),
    await post(configMaps, 'application/vnd.kubernetes.protobuf', withOwners(count)),
  ];
  assert.deepEqual(
    replies.map(({ code }) => code),
    [413, 413, 413],
  );
  assert.equal((await post(configMaps, 'application/vnd.kubernetes.protobuf', withOwners(3))).code, 422);
});

test('of very many unknown fields a client is told as many as a header has room for', async () => {
  await establish(server, cronTabs());
  const unknown = many(200_000, (i) => `,"u${i}":1`);
  const body = `{"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"x"},"spec":{"cronSpec":"* * * * *"}${unknown}}`;
  const { code, headers } = await post('/apis/stable.example.com/v1/namespaces/default/crontabs', 'application/json', body);
  assert.equal(code, 201);
  const length = String(headers['warning']).length;
  assert.ok(length > warningCharactersMax && length < 2 * warningCharactersMax, String(length));
});
