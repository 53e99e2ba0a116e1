import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { TestCluster } from './harness/cluster.js';
import { output } from './harness/command.js';
import { eventually } from './harness/eventually.js';

const namespace = 'default';
let cluster: TestCluster;
let config: KubeConfig;
let core: CoreV1Api;

before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
  config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
});
after(() => cluster?.wipe());

const create = (name: string, labels: Record<string, string>, data: Record<string, string> = {}) =>
  core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels }, data } });

const failure = async (request: Promise<unknown>) => {
  const error = await request.then(
    () => assert.fail('the request succeeded'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiException, String(error));
  return { code: error.code, status: JSON.parse(error.body) };
};

test('errors carry a code and a Status', async () => {
  const missing = await failure(core.readNamespacedPod({ namespace, name: 'none' }));
  assert.deepEqual([missing.code, missing.status.reason, missing.status.message], [404, 'NotFound', 'pods "none" not found']);
  await create('twice', {});
  assert.equal((await failure(create('twice', {}))).status.reason, 'AlreadyExists');
  const invalid = await failure(create('Not_A_Name', {}));
  assert.deepEqual(
    [invalid.code, invalid.status.reason, invalid.status.details.causes[0].field],
    [422, 'Invalid', 'metadata.name'],
  );
});

test('a list in chunks gives every object once, at one revision', async () => {
  for (let i = 0; i < 5; i++) await create(`chunk-${i}`, { test: 'chunks' });
  const names: (string | undefined)[] = [];
  const revisions = new Set<string | undefined>();
  let token: string | undefined;
  do {
    const page = await core.listNamespacedConfigMap({
      namespace,
      labelSelector: 'test=chunks',
      limit: 2,
      ...(token === undefined ? {} : { _continue: token }),
    });
    assert.ok(page.items.length <= 2);
    names.push(...page.items.map((item) => item.metadata?.name));
    revisions.add(page.metadata?.resourceVersion);
    token = page.metadata?._continue || undefined;
  } while (token !== undefined);
  assert.deepEqual(names, ['chunk-0', 'chunk-1', 'chunk-2', 'chunk-3', 'chunk-4']);
  assert.equal(revisions.size, 1);
});

test('every patch strategy', async () => {
  await create('patched', {}, { a: '1' });
  for (const [strategy, body, data] of [
    [PatchStrategy.JsonPatch, [{ op: 'add', path: '/data/b', value: '2' }], { a: '1', b: '2' }],
    [PatchStrategy.MergePatch, { data: { a: null } }, { b: '2' }],
    [PatchStrategy.StrategicMergePatch, { data: { c: '3' } }, { b: '2', c: '3' }],
  ] as const) {
    const request = { namespace, name: 'patched', body };
    const patched = await core.patchNamespacedConfigMap(request, setHeaderOptions('Content-Type', strategy));
    assert.deepEqual(patched.data, data, strategy);
  }
});

test('server-side apply: owners, a conflict, force', async () => {
  const apply = (fieldManager: string, replicas: number, force = false) =>
    config.makeApiClient(AppsV1Api).patchNamespacedDeployment(
      {
        namespace,
        name: 'applied',
        fieldManager,
        force,
        body: {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          spec: {
            replicas,
            selector: { matchLabels: { app: 'applied' } },
            template: { metadata: { labels: { app: 'applied' } }, spec: { containers: [{ name: 'c', image: 'none' }] } },
          },
        },
      },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
  await apply('first', 0);
  const conflict = await failure(apply('second', 1));
  assert.equal(conflict.code, 409);
  assert.match(conflict.status.message, /conflict with "first": \.spec\.replicas/);
  const forced = await apply('second', 1, true);
  assert.equal(forced.spec?.replicas, 1);
  const owners = forced.metadata?.managedFields?.filter(({ operation }) => operation === 'Apply').map(({ manager }) => manager);
  assert.deepEqual(owners?.sort(), ['first', 'second']);
});

test('selectors of labels and fields, in every spelling', async () => {
  for (const [name, labels] of [
    ['sel-a', { tier: 'web', track: 'stable' }],
    ['sel-b', { tier: 'web' }],
    ['sel-c', { tier: 'db', track: 'canary' }],
  ] as const)
    await create(name, { ...labels, test: 'selectors' });
  for (const [labelSelector, fieldSelector, names] of [
    ['tier=web', undefined, ['sel-a', 'sel-b']],
    ['tier!=web', undefined, ['sel-c']],
    ['tier in (db, cache),track', undefined, ['sel-c']],
    ['tier,!track', undefined, ['sel-b']],
    ['track notin (canary)', undefined, ['sel-a', 'sel-b']],
    ['tier=web', 'metadata.name!=sel-a', ['sel-b']],
    [undefined, 'metadata.name=sel-c,metadata.namespace=default', ['sel-c']],
  ] as const) {
    const selectors = {
      labelSelector: ['test=selectors', ...(labelSelector === undefined ? [] : [labelSelector])].join(','),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
    const { items } = await core.listNamespacedConfigMap({ namespace, ...selectors });
    assert.deepEqual(
      items.map(({ metadata }) => metadata?.name),
      names,
      `${labelSelector} ${fieldSelector}`,
    );
  }
  const unknown = await failure(core.listNamespacedConfigMap({ namespace, fieldSelector: 'data.a=1' }));
  assert.deepEqual([unknown.code, unknown.status.reason], [400, 'BadRequest']);
  assert.match(unknown.status.message, /field label not supported: data\.a/);
});

/** Makes the store forget what was before now. */
async function compact(): Promise<void> {
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  const env = await cluster.environment();
  const credentials = ['--cacert', env['ETCDCTL_CACERT']!, '--cert', env['ETCDCTL_CERT']!, '--key', env['ETCDCTL_KEY']!];
  const body = JSON.stringify({ revision: metadata?.resourceVersion });
  await output('curl', ['-sS', '--fail-with-body', ...credentials, '-d', body, `${env['ETCDCTL_ENDPOINTS']}/v3/kv/compaction`]);
}

test('a watch and a list from a version that the store has forgotten are told so', async () => {
  for (const name of ['old-1', 'old-2']) await create(name, { test: 'old' });
  const page = await core.listNamespacedConfigMap({ namespace, labelSelector: 'test=old', limit: 1 });
  await create('old-3', { test: 'old' });
  await compact();
  const events = new Promise<[string, V1Status]>((resolve, reject) => {
    new Watch(config)
      .watch(
        `/api/v1/namespaces/${namespace}/configmaps`,
        { resourceVersion: '2' },
        (...event) => resolve([event[0], event[1]]),
        reject,
      )
      .catch(reject);
  });
  const [type, status] = await events;
  assert.deepEqual([type, status.code, status.reason], ['ERROR', 410, 'Expired']);
  const rest = { namespace, labelSelector: 'test=old', limit: 1, _continue: page.metadata!._continue! };
  const expired = await failure(core.listNamespacedConfigMap(rest));
  assert.deepEqual([expired.code, expired.status.reason], [410, 'Expired']);
  // The answer carries a token that goes on at the present, for who does not mind.
  const { items } = await core.listNamespacedConfigMap({ ...rest, _continue: expired.status.metadata.continue });
  assert.deepEqual(
    items.map(({ metadata }) => metadata?.name),
    ['old-2'],
  );
});

test('a watch from a resource version sees what came after it, with bookmarks allowed', async () => {
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  const seen: string[] = [];
  const watching = await new Watch(config).watch(
    `/api/v1/namespaces/${namespace}/configmaps`,
    { resourceVersion: metadata?.resourceVersion, labelSelector: 'test=watch', allowWatchBookmarks: true },
    (type, object: V1ConfigMap) => {
      if (type !== 'BOOKMARK') seen.push(`${type} ${object.metadata?.name}`);
    },
    () => {},
  );
  try {
    await create('watched', { test: 'watch' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    await eventually('both changes arrive', () => assert.deepEqual(seen, ['ADDED watched', 'DELETED watched']));
  } finally {
    watching.abort();
  }
});

test('an informer lists, then follows', async () => {
  await create('before', { test: 'informer' });
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'test=informer' });
  const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list, 'test=informer');
  const seen: string[] = [];
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, (object) => {
      seen.push(`${verb} ${object.metadata?.name}`);
    });
  await informer.start();
  try {
    await create('later', { test: 'informer' });
    await core.replaceNamespacedConfigMap({
      namespace,
      name: 'before',
      body: { metadata: { name: 'before', labels: { test: 'informer' } }, data: { a: '1' } },
    });
    await core.deleteNamespacedConfigMap({ namespace, name: 'later' });
    await eventually('all changes arrive', () =>
      assert.deepEqual(seen, ['add before', 'add later', 'update before', 'delete later']),
    );
    assert.deepEqual(
      informer.list().map(({ metadata }) => metadata?.name),
      ['before'],
    );
  } finally {
    await informer.stop();
  }
});

test('an informer goes on after the API server died', async () => {
  const labelSelector = 'test=restart';
  await create('kept', { test: 'restart' });
  await create('doomed', { test: 'restart' });
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector });
  const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list, labelSelector);
  const names = () =>
    informer
      .list()
      .map(({ metadata }) => metadata?.name)
      .sort();
  let errors = 0;
  let stopped = false;
  informer.on('error', () => {
    errors += 1;
    // As its documentation has it.
    if (!stopped) setTimeout(() => void informer.start(), 100);
  });
  await informer.start();
  try {
    await eventually('it has listed', () => assert.deepEqual(names(), ['doomed', 'kept']));
    const { pid } = await cluster.process(({ component }) => component === 'apiserver');
    process.kill(pid, 'SIGKILL');
    await eventually('it notices', () => assert.notEqual(errors, 0));
    await cluster.allHealthy();
    await core.deleteNamespacedConfigMap({ namespace, name: 'doomed' });
    await create('late', { test: 'restart' });
    await eventually('it knows what happened since', () => assert.deepEqual(names(), ['kept', 'late']));
  } finally {
    stopped = true;
    await informer.stop();
  }
});
