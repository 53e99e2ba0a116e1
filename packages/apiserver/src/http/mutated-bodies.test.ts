import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pick, randomInt, seededRandom } from '@flotilla/base';
import { configMap, TestServer } from '../testing/api-servers.js';

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x', labels: { a: 'b' } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { a: 'b' } },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', image: 'x', resources: { limits: { cpu: '100m' } }, ports: [{ containerPort: 80 }] }] },
    },
  },
};
const configMaps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';

const calls = [
  ['POST', configMaps, 'application/json', configMap('x', { a: '1' })],
  ['PUT', `${configMaps}/x`, 'application/json', configMap('x', { a: '1' })],
  ['POST', deployments, 'application/json', deployment],
  ['PUT', `${deployments}/x`, 'application/yaml', deployment],
  [
    'PUT',
    `${deployments}/x/scale`,
    'application/json',
    { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'x' }, spec: { replicas: 2 } },
  ],
  ['PATCH', `${deployments}/x`, 'application/json-patch+json', [{ op: 'replace', path: '/spec/replicas', value: 2 }]],
  ['PATCH', `${deployments}/x`, 'application/merge-patch+json', { spec: { replicas: 3 }, metadata: { labels: null } }],
  [
    'PATCH',
    `${deployments}/x`,
    'application/strategic-merge-patch+json',
    { spec: { template: { spec: { containers: [{ name: 'c', $patch: 'delete' }] } } } },
  ],
  ['DELETE', `${configMaps}/x`, 'application/json', { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 }],
] as const;

const values = [
  'null',
  '-1',
  '1e999',
  '99999999999999999999',
  '"__proto__"',
  '{}',
  '[]',
  'true',
  '""',
  '"\\u0000"',
  '{"__proto__":{"x":1}}',
  '0.5',
  '"1000000000000000000Ki"',
];

/** Replaces a value, cuts the text short, or puts a character where it does not belong. */
function mutate(text: string, random: ReturnType<typeof seededRandom>): string {
  const at = randomInt(random, 0, text.length);
  const way = randomInt(random, 0, 6);
  if (way === 0) return text.slice(0, at);
  if (way === 1) return text.slice(0, at) + pick(random, [...'{}[]",:\\ \n-&*!|>\u0000']) + text.slice(at + 1);
  const found = [...text.matchAll(/:("[^"]*"|\d+|\{|\[)/g)];
  if (found.length === 0) return text;
  const { index, 0: old } = pick(random, found);
  return `${text.slice(0, index)}:${pick(random, values)}${text.slice(index + old.length)}`;
}

for (const seed of [1, 2, 3]) {
  test(`whatever a body is turned into, the client is told what is wrong with it (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 150; i++) {
      const [method, path, type, value] = pick(random, calls);
      const text = JSON.stringify(value);
      const body = random.next() < 0.15 ? text : mutate(text, random);
      const reply = await server.call(path, { method, body, headers: { 'content-type': type } });
      assert.ok(reply.code < 500, `${method} ${path} ${body}\n${reply.text}`);
      if (reply.code >= 400) assert.equal(reply.json.kind, 'Status', reply.text);
    }
    assert.equal(({} as { x?: unknown }).x, undefined);
    assert.equal((await server.call(configMaps)).code, 200);
  });
}
