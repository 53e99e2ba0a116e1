import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type CustomResourceDefinition, type KubernetesObject, StatusError } from '@flotilla/api';
import { ManualClock, seededRandom } from '@flotilla/base';
import { conversionTimeoutMs } from '../limits.js';
import { TestServer } from '../testing/api-servers.js';
import { establish } from '../testing/custom-resources.js';
import type { Loose } from '../testing/registries.js';
import { WebhookServer } from '../testing/webhook-server.js';
import { WebhookClient } from '../webhooks/webhook-client.js';
import { webhookConversion } from './webhook-conversion.js';

const group = 'hosts.example.com';
const path = (version: string, name = '') =>
  `/apis/${group}/${version}/namespaces/default/endpoints${name === '' ? '' : `/${name}`}`;
const merge = { 'content-type': 'application/merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };
const kind = 'Endpoint';

let server: TestServer;
let hook: WebhookServer;
before(async () => {
  [server, hook] = await Promise.all([TestServer.start(), WebhookServer.start()]);
  hook.reset(convert);
  await establish(server, crd());
});
after(() => Promise.all([server.close(), hook.close()]));
beforeEach(() => hook.reset(convert));

/** v1 has host and port apart, v1beta1 together. */
function crd(): Loose {
  const version = (name: string, storage: boolean, spec: Loose) => ({
    ...{ name, storage, served: true, subresources: { status: {} } },
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec, status: { type: 'object', properties: { up: { type: 'boolean' } } } },
      },
    },
    additionalPrinterColumns: [{ name: 'Where', type: 'string', jsonPath: storage ? '.spec.host' : '.spec.hostPort' }],
    selectableFields: storage ? [] : [{ jsonPath: '.spec.hostPort' }],
  });
  const text = { type: 'string' };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `endpoints.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural: 'endpoints', kind } },
      versions: [
        version('v1', true, {
          type: 'object',
          properties: { host: text, port: { type: 'integer' }, tls: { type: 'boolean', default: false } },
        }),
        version('v1beta1', false, { type: 'object', properties: { hostPort: text } }),
      ],
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v9', 'v1'], clientConfig: hook.client('/convert') },
      },
    },
  };
}

function convert({ request }: Loose): Loose {
  return {
    result: { status: 'Success' },
    convertedObjects: request.objects.map((object: Loose) => converted(object, request.desiredAPIVersion)),
  };
}

function converted({ spec, ...object }: Loose, apiVersion: string): Loose {
  const [host, port] = (spec.hostPort ?? '').split(':');
  const other = apiVersion.endsWith('/v1') ? { host, port: Number(port) } : { hostPort: `${spec.host}:${spec.port}` };
  return { ...object, apiVersion, spec: { ...other, unknown: 'to be pruned' } };
}

const endpoint = (version: string, name: string, spec: Loose) => ({
  apiVersion: `${group}/${version}`,
  kind,
  metadata: { name },
  spec,
});
const asked = () => hook.reviews.map(({ request }) => request.objects.map(({ metadata }: Loose) => metadata.name).join());

const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Loose);

async function create(name: string): Promise<Loose> {
  const { code, json, text } = await server.call(path('v1'), {
    method: 'POST',
    body: endpoint('v1', name, { host: name, port: 1 }),
  });
  assert.equal(code, 201, text);
  return json;
}

test('an object is shown in the version that is asked for, and each is converted once', async () => {
  const stored = await create('a');
  assert.deepEqual(asked(), [], 'the version of the store needs no webhook');
  await server.call(path('v1'));
  const { json } = await server.call(path('v1beta1', 'a'));
  assert.deepEqual(json.spec, { hostPort: 'a:1' }, 'and nothing that its schema does not have');
  assert.deepEqual(json.metadata, stored.metadata);
  await server.call(path('v1beta1', 'a'));
  assert.deepEqual(asked(), ['a']);
  const [review] = hook.reviews;
  assert.equal(review.apiVersion, 'apiextensions.k8s.io/v1');
  assert.equal(review.kind, 'ConversionReview');
  assert.equal(review.request.desiredAPIVersion, `${group}/v1beta1`);
  assert.equal(review.request.objects[0].apiVersion, `${group}/v1`);
});

test('a list is one review of what has not been converted yet; tables show the version', async () => {
  await create('b');
  await create('c');
  await server.call(path('v1beta1', 'b'));
  const { json } = await server.call(path('v1beta1'));
  assert.deepEqual(new Set(json.items.map(({ spec }: Loose) => spec.hostPort)), new Set(['a:1', 'b:1', 'c:1']));
  assert.equal(asked().length, 2);
  assert.ok(!asked()[1]?.includes('b'));
  const table = await server.call(path('v1beta1'), { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } });
  assert.deepEqual(table.json.rows[0].cells, ['a', 'a:1']);
});

test('writes in another version are stored in the stored one, and answered as they came', async () => {
  const created = await server.call(path('v1beta1'), { method: 'POST', body: endpoint('v1beta1', 'w', { hostPort: 'w:1' }) });
  assert.deepEqual([created.code, created.json.spec], [201, { hostPort: 'w:1' }]);
  const { kvs } = await server.registries.store.range({ key: Buffer.from(`/registry/${group}/endpoints/default/w`) });
  const stored = JSON.parse(Buffer.from(kvs[0]?.value ?? []).toString());
  assert.deepEqual([stored.apiVersion, stored.spec], [`${group}/v1`, { host: 'w', port: 1, tls: false }]);
  const patched = await server.call(path('v1beta1', 'w'), {
    method: 'PATCH',
    headers: merge,
    body: { spec: { hostPort: 'w:2' } },
  });
  assert.deepEqual([patched.code, patched.json.spec], [200, { hostPort: 'w:2' }], patched.text);
  const put = await server.call(path('v1beta1', 'w'), { method: 'PUT', body: { ...patched.json, spec: { hostPort: 'w:3' } } });
  assert.deepEqual([put.code, put.json.spec], [200, { hostPort: 'w:3' }], put.text);
  const status = { ...put.json, status: { up: true } };
  const updated = await server.call(`${path('v1beta1', 'w')}/status`, { method: 'PUT', body: status });
  assert.deepEqual([updated.code, updated.json.status], [200, { up: true }], updated.text);
  assert.deepEqual((await server.call(path('v1', 'w'))).json.spec, { host: 'w', port: 3, tls: false });
  const deleted = await server.call(path('v1beta1', 'w'), { method: 'DELETE' });
  assert.equal(deleted.code, 200, deleted.text);
  assert.equal((await server.call(path('v1', 'w'))).code, 404);
});

test('owners of fields in one version are in conflict with appliers in another', async () => {
  const url = (version: string, manager: string) => `${path(version, 'owned')}?fieldManager=${manager}`;
  const one = endpoint('v1', 'owned', { host: 'owned', port: 1 });
  assert.equal((await server.call(url('v1', 'one'), { method: 'PATCH', headers: apply, body: one })).code, 201);
  const two = endpoint('v1beta1', 'owned', { hostPort: 'owned:1' });
  const agreed = await server.call(url('v1beta1', 'two'), { method: 'PATCH', headers: apply, body: two });
  assert.equal(agreed.code, 200, agreed.text);
  const changed = endpoint('v1beta1', 'owned', { hostPort: 'owned:2' });
  const refused = await server.call(url('v1beta1', 'two'), { method: 'PATCH', headers: apply, body: changed });
  assert.equal(refused.code, 409, refused.text);
  assert.equal(refused.json.message, 'Apply failed with 1 conflict: conflict with "one": .spec.port');
});

test('a watch shows events in its version, the same to all, and ends when one cannot be converted', async () => {
  const { json } = await server.call(path('v1'));
  const from = `?watch=1&timeoutSeconds=2&resourceVersion=${json.metadata.resourceVersion}`;
  const watching = [1, 2].map(() => server.call(`${path('v1beta1')}${from}`));
  await create('seen');
  for (const { text } of await Promise.all(watching)) {
    assert.deepEqual(
      lines(text).map(({ type, object }) => [type, object.apiVersion, object.spec]),
      [['ADDED', `${group}/v1beta1`, { hostPort: 'seen:1' }]],
    );
  }
  assert.deepEqual(asked(), ['seen']);
  hook.reset(() => ({ result: { status: 'Failure', message: 'not today' } }));
  const failing = server.call(
    `${path('v1beta1')}?watch=1&timeoutSeconds=2&resourceVersion=${(await server.call(path('v1'))).json.metadata.resourceVersion}`,
  );
  await create('unseen');
  const [last] = lines((await failing).text);
  assert.deepEqual(
    [last?.type, last?.object.code, last?.object.message],
    ['ERROR', 500, `conversion webhook for ${group}/v1, Kind=${kind} failed: not today`],
  );
});

test('a field that only the webhook knows selects from lists, chunks and deletions', async () => {
  const { code, json } = await server.call(`${path('v1beta1')}?fieldSelector=metadata.name%3Da`);
  assert.deepEqual([code, json.items.length], [200, 1]);
  for (const name of ['field-1', 'field-2', 'field-3']) await create(name);
  const names = async (query: string) => {
    const { json: list } = await server.call(`${path('v1beta1')}?${query}`);
    return list.items.map(({ metadata }: Loose) => metadata.name);
  };
  const one = 'fieldSelector=spec.hostPort%3Dfield-2:1';
  assert.deepEqual(await names(one), ['field-2']);
  const { json: now } = await server.call(path('v1'));
  assert.deepEqual(await names(`${one}&resourceVersion=${now.metadata.resourceVersion}&resourceVersionMatch=Exact`), ['field-2']);
  assert.deepEqual(await names('fieldSelector=spec.hostPort%3Dfield-3:1&limit=1'), ['field-3']);
  await server.call(`${path('v1beta1')}?${one}`, { method: 'DELETE' });
  assert.equal((await server.call(path('v1', 'field-2'))).code, 404);
  assert.equal((await server.call(path('v1', 'field-1'))).code, 200);
});

test('a watch by a field that only the webhook knows tells of objects that come into sight and vanish', async () => {
  await create('roams');
  await create('stays');
  const revision = (await server.call(path('v1'))).json.metadata.resourceVersion;
  const to = (host: string) => server.call(path('v1', 'roams'), { method: 'PATCH', headers: merge, body: { spec: { host } } });
  await to('here');
  await server.call(path('v1', 'roams'), { method: 'PATCH', headers: merge, body: { metadata: { labels: { a: 'b' } } } });
  await to('there');
  await to('here');
  await server.call(path('v1', 'roams'), { method: 'DELETE' });
  await server.call(path('v1', 'stays'), { method: 'DELETE' });
  const query = 'watch=1&timeoutSeconds=1&fieldSelector=spec.hostPort%3Dhere:1';
  const { text } = await server.call(`${path('v1beta1')}?${query}&resourceVersion=${revision}`);
  assert.deepEqual(
    lines(text).map(({ type, object }) => [type, object.metadata.name, object.spec.hostPort]),
    [
      ['ADDED', 'roams', 'here:1'],
      ['MODIFIED', 'roams', 'here:1'],
      ['DELETED', 'roams', 'here:1'],
      ['ADDED', 'roams', 'here:1'],
      ['DELETED', 'roams', 'here:1'],
    ],
  );
  const revisions = lines(text).map(({ object }) => Number(object.metadata.resourceVersion));
  assert.deepEqual(
    revisions,
    [...revisions].sort((a, b) => a - b),
    'what vanishes does so at the revision of the change',
  );
});

const failed = (why: string) => `conversion webhook for ${group}/v1, Kind=${kind} failed: ${why}`;
const returned = (why: string) => `conversion webhook for ${group}/v1, Kind=${kind} returned ${why}`;
const success = { status: 'Success' };
const changing = (change: Loose) => (review: Loose) => {
  const { convertedObjects } = convert(review);
  return { result: success, convertedObjects: convertedObjects.map((object: Loose) => ({ ...object, ...change })) };
};

for (const [what, answer, message] of [
  [
    'says that it failed',
    () => ({ result: { status: 'Failure' } }),
    failed("response.result.status was 'Failure', not 'Success'"),
  ],
  [
    'answers nothing',
    () => '{}',
    failed('expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got , Kind='),
  ],
  [
    'answers without a response',
    () => '{"apiVersion":"apiextensions.k8s.io/v1","kind":"ConversionReview"}',
    failed('no response provided'),
  ],
  ['answers somebody else', () => ({ uid: 'x', result: success }), /failed: expected response.uid="[-0-9a-f]{36}", got "x"/],
  ['fails', () => '500 broken', failed('an error on the server ("broken") has prevented the request from succeeding')],
  ['loses objects', () => ({ result: success }), returned('0 objects, expected 1')],
  [
    'converts to something else',
    changing({ apiVersion: `${group}/v2` }),
    returned(`invalid object at index 0: invalid groupVersion (expected ${group}/v1beta1, received ${group}/v2)`),
  ],
  [
    'changes the kind',
    changing({ kind: 'Other' }),
    returned('invalid object at index 0: invalid kind (expected Endpoint, received Other)'),
  ],
  ['loses the metadata', changing({ metadata: undefined }), returned('invalid object: must have the same name: bad != ')],
  ['changes the name', changing({ metadata: { name: 'x' } }), returned('invalid object: must have the same name: bad != x')],
] as const) {
  test(`a webhook that ${what} is the server's failure`, async () => {
    const name = 'bad';
    if ((await server.call(path('v1', name))).code === 404) await create(name);
    hook.reset(answer as Parameters<typeof hook.reset>[0]);
    const { code, json } = await server.call(path('v1beta1', name));
    assert.equal(code, 500);
    if (typeof message === 'string') assert.equal(json.message, message);
    else assert.match(json.message, message);
    assert.equal((await server.call(path('v1', name))).code, 200, 'who asks for the stored version does not notice');
  });
}

test("a webhook that does not answer in time is the server's failure too", async () => {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const webhooks = new WebhookClient(clock, random);
  const { registry: reads } = server.registries.at();
  const tools = { webhooks, reads, clock, random, count: undefined, signal: new AbortController().signal };
  const asIs = {
    remote: false,
    toStorage: (object: KubernetesObject) => object,
    fromStorage: (object: KubernetesObject) => object,
  };
  const { fromStorage } = webhookConversion(crd() as CustomResourceDefinition, 'v1beta1', 'v1', () => asIs, tools);
  const asking = new Promise<void>((resolve) => {
    hook.reset(() => {
      resolve();
      return new Promise(() => {});
    });
  });
  const converting = assert.rejects(
    async () => fromStorage([endpoint('v1', 'slow', { host: 'slow', port: 1 })]),
    new StatusError(
      500,
      '',
      failed(`Post "https://${hook.address}:${hook.port}/convert?timeout=30s": context deadline exceeded`),
    ),
  );
  await asking;
  clock.advance(conversionTimeoutMs);
  await converting;
  await webhooks.close();
});

test('labels and annotations may be changed, other metadata may not', async () => {
  await create('meta');
  hook.reset((review) => {
    const { convertedObjects } = convert(review);
    for (const { metadata } of convertedObjects) Object.assign(metadata, { labels: { by: 'webhook' }, finalizers: ['x/y'] });
    return { result: success, convertedObjects };
  });
  const { json } = await server.call(path('v1beta1', 'meta'));
  assert.deepEqual([json.metadata.labels, json.metadata.finalizers], [{ by: 'webhook' }, undefined]);
});

test('a webhook that nobody listens at is the reason that is told', async () => {
  await create('nobody');
  await server.call(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/endpoints.${group}`, {
    ...{ method: 'PATCH', headers: merge },
    body: { spec: { conversion: { webhook: { clientConfig: { url: 'https://127.22.7.2:1/convert' } } } } },
  });
  const message = `conversion webhook for ${group}/v1, Kind=${kind} failed: Post "https://127.22.7.2:1/convert?timeout=30s": dial tcp 127.22.7.2:1: connect: connection refused`;
  let reply = await server.call(path('v1beta1', 'nobody'));
  for (let i = 0; reply.code === 200 && i < 100; i++) reply = await server.call(path('v1beta1', 'nobody'));
  assert.deepEqual([reply.code, reply.json.message], [500, message]);
});
