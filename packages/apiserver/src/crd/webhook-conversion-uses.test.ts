import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { TestServer } from '../testing/api-servers.js';
import { establish, until } from '../testing/custom-resources.js';
import type { Loose } from '../testing/registries.js';
import { WebhookServer } from '../testing/webhook-server.js';

// What else meets a converted object: admission, other stored versions, dry runs, scales, lists by watches, metrics.

const group = 'crews.example.com';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const admission = '/apis/admissionregistration.k8s.io/v1';
const path = (version: string, name = '') => `/apis/${group}/${version}/namespaces/default/boats${name === '' ? '' : `/${name}`}`;
const merge = { 'content-type': 'application/merge-patch+json' };
const admitPath = '/admit';

let server: TestServer;
let hook: WebhookServer;
before(async () => {
  [server, hook] = await Promise.all([TestServer.start(), WebhookServer.start()]);
  hook.reset(answer);
  await establish(server, crd());
});
after(() => Promise.all([server.close(), hook.close()]));
beforeEach(() => hook.reset(answer));

/** v1 counts the crew as a number in `crew`, v1beta1 in `hands.count`. */
function crd(): Loose {
  const version = (name: string, storage: boolean, spec: Loose, replicas: string) => ({
    ...{ name, storage, served: true },
    schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
    subresources: { scale: { specReplicasPath: replicas, statusReplicasPath: '.status.replicas' } },
  });
  const count = { type: 'integer' };
  return {
    ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `boats.${group}` } },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural: 'boats', kind: 'Boat' } },
      versions: [
        version('v1', true, { type: 'object', properties: { crew: count } }, '.spec.crew'),
        version(
          'v1beta1',
          false,
          { type: 'object', properties: { hands: { type: 'object', properties: { count } } } },
          '.spec.hands.count',
        ),
      ],
      conversion: {
        strategy: 'Webhook',
        webhook: { conversionReviewVersions: ['v1'], clientConfig: hook.client('/convert') },
      },
    },
  };
}

function answer({ request }: Loose, asked = ''): Loose {
  if (asked.startsWith(admitPath)) return { allowed: true };
  const convertedObjects = request.objects.map(({ spec = {}, ...object }: Loose) => {
    const crew = spec.crew ?? spec.hands?.count;
    const shown = request.desiredAPIVersion.endsWith('/v1') ? { crew } : { hands: { count: crew } };
    return { ...object, apiVersion: request.desiredAPIVersion, spec: shown };
  });
  return { result: { status: 'Success' }, convertedObjects };
}

const boat = (version: string, name: string, spec: Loose) => ({
  apiVersion: `${group}/${version}`,
  kind: 'Boat',
  metadata: { name },
  spec,
});
const create = async (name: string, crew = 1) => {
  const { code, json, text } = await server.call(path('v1'), { method: 'POST', body: boat('v1', name, { crew }) });
  assert.equal(code, 201, text);
  return json;
};
const conversions = () => hook.reviews.filter(({ kind }) => kind === 'ConversionReview').length;

async function stored(name: string): Promise<Loose> {
  const { kvs } = await server.registries.store.range({ key: Buffer.from(`/registry/${group}/boats/default/${name}`) });
  return JSON.parse(Buffer.from(kvs[0]?.value ?? []).toString());
}

/** While an object of a kind is there. A list waits until caches know of every write. */
async function having(url: string, body: Loose, run: () => Promise<void>): Promise<void> {
  const made = await server.call(url, { method: 'POST', body });
  assert.equal(made.code, 201, made.text);
  await server.call(url);
  try {
    await run();
  } finally {
    await server.call(`${url}/${body.metadata.name}`, { method: 'DELETE' });
    await server.call(url);
  }
}

test('a webhook that wants the other version is shown it', async () => {
  const webhook = (matchPolicy: string, name: string) => ({
    ...{ name: `${name}.example.com`, matchPolicy, sideEffects: 'None', admissionReviewVersions: ['v1'] },
    clientConfig: hook.client(admitPath),
    rules: [{ operations: ['CREATE', 'UPDATE'], apiGroups: [group], apiVersions: ['v1'], resources: ['boats'] }],
  });
  const webhooks = [webhook('Equivalent', 'equivalent'), webhook('Exact', 'exact')];
  await having(`${admission}/validatingwebhookconfigurations`, { metadata: { name: 'boats' }, webhooks }, async () => {
    const created = await server.call(path('v1beta1'), {
      method: 'POST',
      body: boat('v1beta1', 'shown', { hands: { count: 2 } }),
    });
    assert.equal(created.code, 201, created.text);
    const body = { spec: { hands: { count: 3 } } };
    await server.call(path('v1beta1', 'shown'), { method: 'PATCH', headers: merge, body });
    const reviews = hook.reviews.filter(({ kind }) => kind === 'AdmissionReview').map(({ request }) => request);
    assert.deepEqual(
      reviews.map(({ operation, kind, requestKind, object, oldObject }) => [
        ...[operation, kind.version, requestKind.version],
        ...[object.apiVersion, object.spec, oldObject?.spec],
      ]),
      [
        ['CREATE', 'v1', 'v1beta1', `${group}/v1`, { crew: 2 }, undefined],
        ['UPDATE', 'v1', 'v1beta1', `${group}/v1`, { crew: 3 }, { crew: 2 }],
      ],
    );
  });
});

test('what a mutating webhook changes in its version arrives in that of the request', async () => {
  const webhooks = [
    {
      ...{ name: 'more.example.com', matchPolicy: 'Equivalent', sideEffects: 'None', admissionReviewVersions: ['v1'] },
      clientConfig: hook.client(admitPath),
      rules: [{ operations: ['CREATE'], apiGroups: [group], apiVersions: ['v1'], resources: ['boats'] }],
    },
  ];
  hook.reset((review, asked) => {
    if (!asked.startsWith(admitPath)) return answer(review);
    const patch = Buffer.from(JSON.stringify([{ op: 'replace', path: '/spec/crew', value: 9 }])).toString('base64');
    return { allowed: true, patchType: 'JSONPatch', patch };
  });
  await having(`${admission}/mutatingwebhookconfigurations`, { metadata: { name: 'boats' }, webhooks }, async () => {
    const body = boat('v1beta1', 'mutated', { hands: { count: 2 } });
    const { code, json, text } = await server.call(path('v1beta1'), { method: 'POST', body });
    assert.deepEqual([code, json.spec], [201, { hands: { count: 9 } }], text);
  });
});

test('a policy judges the version that its constraints name', async () => {
  const policy = {
    metadata: { name: 'crew' },
    spec: {
      matchConstraints: {
        resourceRules: [{ operations: ['CREATE'], apiGroups: [group], apiVersions: ['v1'], resources: ['boats'] }],
      },
      validations: [{ expression: 'object.spec.crew < 5', message: 'too many hands' }],
    },
  };
  const binding = { metadata: { name: 'crew' }, spec: { policyName: 'crew', validationActions: ['Deny'] } };
  await having(`${admission}/validatingadmissionpolicies`, policy, () =>
    having(`${admission}/validatingadmissionpolicybindings`, binding, async () => {
      const post = (count: number) =>
        server.call(path('v1beta1'), { method: 'POST', body: boat('v1beta1', `judged-${count}`, { hands: { count } }) });
      assert.equal((await post(4)).code, 201);
      const refused = await post(5);
      assert.deepEqual([refused.code, /too many hands$/.test(refused.json.message)], [422, true], refused.text);
    }),
  );
});

test('a dry run in another version is converted, and nothing of it is kept', async () => {
  const body = boat('v1beta1', 'dry', { hands: { count: 2 } });
  const { code, json } = await server.call(`${path('v1beta1')}?dryRun=All`, { method: 'POST', body });
  assert.deepEqual([code, json.spec], [201, { hands: { count: 2 } }]);
  assert.equal((await server.call(path('v1', 'dry'))).code, 404);
  await create('wet', 1);
  const change = { method: 'PATCH', headers: merge, body: { spec: { hands: { count: 7 } } } };
  const patched = await server.call(`${path('v1beta1', 'wet')}?dryRun=All`, change);
  assert.deepEqual(patched.json.spec, { hands: { count: 7 } }, patched.text);
  assert.deepEqual((await server.call(path('v1', 'wet'))).json.spec, { crew: 1 });
});

test('a scale is that of its version', async () => {
  await create('scaled', 2);
  const read = await server.call(`${path('v1beta1', 'scaled')}/scale`);
  assert.deepEqual([read.code, read.json.spec], [200, { replicas: 2 }], read.text);
  const body = { ...read.json, spec: { replicas: 5 } };
  const put = await server.call(`${path('v1beta1', 'scaled')}/scale`, { method: 'PUT', body });
  assert.deepEqual([put.code, put.json.spec], [200, { replicas: 5 }], put.text);
  assert.deepEqual((await stored('scaled')).spec, { crew: 5 });
});

test('a watch begins with what there is, in its version', async () => {
  await create('listed', 3);
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1';
  const { text } = await server.call(`${path('v1beta1')}?${query}&fieldSelector=metadata.name%3Dlisted`);
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Loose);
  assert.deepEqual(
    events.map(({ type, object }) => [type, object.apiVersion, object.spec]),
    [
      ['ADDED', `${group}/v1beta1`, { hands: { count: 3 } }],
      ['BOOKMARK', `${group}/v1beta1`, undefined],
    ],
  );
});

test('what a list is told of a wrong answer', async () => {
  const list = async (name: string, change: (objects: Loose[]) => Loose[]) => {
    for (const i of [1, 2]) await create(`${name}-${i}`);
    hook.reset((review) => {
      const { result, convertedObjects } = answer(review);
      return { result, convertedObjects: change(convertedObjects) };
    });
    const { code, json } = await server.call(path('v1beta1'));
    hook.reset(answer);
    assert.equal(code, 500);
    await server.call(path('v1beta1'));
    return json.message.replace(`conversion webhook for ${group}/v1, Kind=BoatList `, '');
  };
  await server.call(path('v1beta1'));
  assert.equal(await list('more', (objects) => [...objects, {}]), 'returned 3 objects, expected 2');
  assert.equal(
    await list('other', ([a, b]) => [a, { ...b, metadata: { ...b.metadata, uid: 'x' } }]).then((text) =>
      text.replace(/: [-0-9a-f]{36} !=/, ': UID !='),
    ),
    'returned invalid converted object at index 1: must have the same UID: UID != x',
  );
  assert.equal(
    await list('labels', ([a, b]) => [{ ...a, metadata: { ...a.metadata, labels: { a: 1 } } }, b]),
    'returned invalid metadata in object at index 0: metadata.labels[a] must be a string, but is int64 in converted object',
  );
});

test('conversions are counted', async () => {
  const metric = async (line: string) => {
    const { text } = await server.call('/metrics');
    return Number(
      text
        .split('\n')
        .find((one) => one.startsWith(`${line} `))
        ?.split(' ')[1] ?? 0,
    );
  };
  const total = (result: string, type: string) =>
    `apiserver_conversion_webhook_request_total{result="${result}",failure_type="${type}"}`;
  const of = (succeeded: boolean) =>
    `apiserver_crd_conversion_webhook_duration_seconds_count{crd_name="boats.${group}",from_version="v1",to_version="v1beta1",succeeded="${succeeded}"}`;
  const lines = [total('success', ''), total('failure', 'conversion_webhook_call_failure'), of(true), of(false)];
  const before = await Promise.all(lines.map(metric));
  await create('counted');
  hook.reset(() => '500 broken');
  assert.equal((await server.call(path('v1beta1', 'counted'))).code, 500);
  hook.reset(answer);
  assert.equal((await server.call(path('v1beta1', 'counted'))).code, 200);
  const changed = (await Promise.all(lines.map(metric))).map((count, i) => count - (before[i] ?? 0));
  assert.deepEqual(changed, [1, 1, 1, 1]);
});

test('a Service leads to the webhook', async () => {
  const { caBundle } = hook.client() as { caBundle: string };
  const ports = [{ port: 443, targetPort: hook.port }];
  await server.call('/api/v1/namespaces/default/services', {
    method: 'POST',
    body: { metadata: { name: 'hook' }, spec: { ports } },
  });
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
  await server.call(slices, {
    method: 'POST',
    body: {
      metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } },
      ...{ addressType: 'IPv4', endpoints: [{ addresses: [hook.address] }], ports: [{ name: '', port: hook.port }] },
    },
  });
  await server.call(slices);
  const service = { namespace: 'default', name: 'hook', path: '/by/service', port: 443 };
  const clientConfig = { url: null, service, caBundle };
  const patched = await server.call(`${crds}/boats.${group}`, {
    ...{ method: 'PATCH', headers: merge },
    body: { spec: { conversion: { webhook: { clientConfig } } } },
  });
  assert.equal(patched.code, 200, patched.text);
  let asked = '';
  hook.reset((review, url) => {
    asked = url;
    return answer(review);
  });
  let next = 0;
  await until(async () => {
    const name = `served-${next++}`;
    await create(name);
    return (await server.call(path('v1beta1', name))).code === 200 && asked !== '';
  });
  await until(async () => {
    const name = `served-${next++}`;
    await create(name);
    await server.call(path('v1beta1', name));
    return asked.startsWith('/by/service');
  });
  assert.equal(asked, '/by/service?timeout=30s');
});

test('objects stay as they were stored when another version is stored from now on', async () => {
  await create('old', 4);
  const { json: definition } = await server.call(`${crds}/boats.${group}`);
  for (const version of definition.spec.versions) version.storage = version.name === 'v1beta1';
  const updated = await server.call(`${crds}/boats.${group}`, { method: 'PUT', body: definition });
  assert.equal(updated.code, 200, updated.text);
  let next = 0;
  await until(async () => {
    const name = `new-${next++}`;
    await create(name, 6);
    return (await stored(name)).apiVersion === `${group}/v1beta1`;
  });
  assert.deepEqual((await stored(`new-${next - 1}`)).spec, { hands: { count: 6 } });
  assert.equal((await stored('old')).apiVersion, `${group}/v1`);
  const before = conversions();
  assert.deepEqual((await server.call(path('v1', 'old'))).json.spec, { crew: 4 });
  assert.equal(conversions(), before, 'what is stored so already needs no webhook');
  assert.deepEqual((await server.call(path('v1beta1', 'old'))).json.spec, { hands: { count: 4 } });
  const body = { metadata: { labels: { touched: 'yes' } } };
  const patched = await server.call(path('v1', 'old'), { method: 'PATCH', headers: merge, body });
  assert.deepEqual([patched.code, patched.json.spec], [200, { crew: 4 }], patched.text);
  assert.deepEqual([(await stored('old')).apiVersion, (await stored('old')).spec], [`${group}/v1beta1`, { hands: { count: 4 } }]);
  const { json } = await server.call(`${crds}/boats.${group}`);
  assert.deepEqual(json.status.storedVersions, ['v1', 'v1beta1']);
});
