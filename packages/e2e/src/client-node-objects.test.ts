import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  ApiextensionsV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  loadAllYaml,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node';
import { checkout, TestCluster } from './harness/cluster.js';
import { eventually } from './harness/eventually.js';

const namespace = 'default';
const group = 'example.com';
const version = 'v1';
const plural = 'boats';
const boats = { group, version, namespace, plural };

let cluster: TestCluster;
let config: KubeConfig;
let objects: KubernetesObjectApi;
let custom: CustomObjectsApi;

before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
  config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  objects = KubernetesObjectApi.makeApiClient(config);
  custom = config.makeApiClient(CustomObjectsApi);
});
after(() => cluster?.wipe());

interface Boat extends KubernetesObject {
  readonly spec: { readonly crew: number };
  readonly status?: { readonly aboard: number };
}

const boat = (name: string, crew: number) => ({
  ...{ apiVersion: `${group}/${version}`, kind: 'Boat', metadata: { name, labels: { size: crew > 2 ? 'big' : 'small' } } },
  spec: { crew },
});

/** Several documents of several kinds, one of them without a namespace of its own. */
const manifest = `
apiVersion: v1
kind: Namespace
metadata: {name: several}
---
${readFileSync(join(checkout, 'packages/examples/hello.yaml'), 'utf8')}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: several}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: map, namespace: several, labels: {a: b}}
data: {a: "1"}
`;

test('objects of several kinds from YAML: created, read, listed, patched, replaced, deleted', async () => {
  const documents = loadAllYaml(manifest) as KubernetesObject[];
  for (const document of documents) {
    const created = await objects.create(document);
    assert.deepEqual([created.kind, created.metadata?.name], [document.kind, document.metadata?.name]);
    assert.match(created.metadata?.uid ?? '', /^[-0-9a-f]{36}$/);
  }
  const header = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', namespace: 'several' } };
  const read = await objects.read<V1ConfigMap>(header);
  assert.deepEqual(read.data, { a: '1' });
  const patched = await objects.patch<V1ConfigMap>(
    { ...header, data: { b: '2' } },
    undefined,
    undefined,
    'tester',
    undefined,
    PatchStrategy.MergePatch,
  );
  assert.deepEqual(patched.data, { a: '1', b: '2' });
  const dry = await objects.replace<V1ConfigMap>({ ...patched, data: {} }, undefined, 'All');
  assert.deepEqual(dry.data ?? {}, {});
  const replaced = await objects.replace<V1ConfigMap>({ ...patched, data: { c: '3' } });
  assert.deepEqual(replaced.data, { c: '3' });
  const stale = await objects.replace(patched).catch((error: { code: number }) => error.code);
  assert.equal(stale, 409);
  const applied = { ...header, data: { c: '4' } };
  const refused = await objects
    .patch(applied, undefined, undefined, 'applier', false, PatchStrategy.ServerSideApply)
    .catch((error: { code: number }) => error.code);
  assert.equal(refused, 409);
  const forced = await objects.patch<V1ConfigMap>(applied, undefined, undefined, 'applier', true, PatchStrategy.ServerSideApply);
  assert.deepEqual(forced.data, { c: '4' });
  const { items } = await objects.list<V1ConfigMap>(
    'v1',
    'ConfigMap',
    'several',
    undefined,
    undefined,
    undefined,
    'metadata.name=map',
    'a=b',
  );
  assert.deepEqual(
    items.map(({ metadata }) => metadata?.name),
    ['map'],
  );
  const paged = await objects.list(
    'rbac.authorization.k8s.io/v1',
    'ClusterRole',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    3,
  );
  assert.equal(paged.items.length, 3);
  assert.notEqual(paged.metadata?._continue ?? '', '');
  for (const document of documents.reverse()) await objects.delete(document);
  await eventually('the namespace has gone', async () => {
    assert.equal(
      await objects.read({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'several' } }).then(
        () => 200,
        ({ code }) => code,
      ),
      404,
    );
  });
});

test('a kind of its own: created, listed in parts, patched in every way, scaled, watched, deleted', async () => {
  await config.makeApiClient(ApiextensionsV1Api).createCustomResourceDefinition({ body: definition });
  await eventually('it is served', () => custom.listNamespacedCustomObject(boats));
  const seen: string[] = [];
  const watching = await new Watch(config).watch(
    `/apis/${group}/${version}/namespaces/${namespace}/${plural}`,
    {},
    (type, object: Boat) => seen.push(`${type} ${object.metadata?.name} ${object.spec.crew}`),
    () => {},
  );
  try {
    for (const [i, name] of ['a', 'b', 'c'].entries())
      await custom.createNamespacedCustomObject({ ...boats, body: boat(name, i + 1) });
    const first = await custom.listNamespacedCustomObject({ ...boats, limit: 2 });
    const rest = await custom.listNamespacedCustomObject({ ...boats, limit: 2, _continue: first.metadata.continue });
    const names = (list: { items: Boat[] }) => list.items.map(({ metadata }) => metadata?.name);
    assert.deepEqual([names(first), names(rest)], [['a', 'b'], ['c']]);
    assert.deepEqual(names(await custom.listNamespacedCustomObject({ ...boats, labelSelector: 'size=big' })), ['c']);
    assert.deepEqual(names(await custom.listClusterCustomObject({ ...boats, fieldSelector: 'spec.crew=2' })), ['b']);
    const at = { ...boats, name: 'a' };
    const merged = await custom.patchNamespacedCustomObject(
      { ...at, body: { spec: { crew: 5 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    assert.equal(merged.spec.crew, 5);
    const operations = [{ op: 'replace', path: '/spec/crew', value: 6 }];
    const changed = await custom.patchNamespacedCustomObject(
      { ...at, body: operations },
      setHeaderOptions('Content-Type', PatchStrategy.JsonPatch),
    );
    assert.equal(changed.spec.crew, 6);
    const strategic = await custom
      .patchNamespacedCustomObject(
        { ...at, body: { spec: { crew: 7 } } },
        setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
      )
      .catch((error: { code: number }) => error.code);
    assert.equal(strategic, 415, 'custom resources have no strategy');
    const applied = await custom.patchNamespacedCustomObject(
      { ...at, body: boat('a', 8), fieldManager: 'tester', force: true },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
    assert.equal(applied.spec.crew, 8);
    const status = await custom.patchNamespacedCustomObjectStatus(
      { ...at, body: { status: { aboard: 8 }, spec: { crew: 9 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    assert.deepEqual([status.spec.crew, status.status.aboard], [8, 8]);
    const scale = await custom.patchNamespacedCustomObjectScale(
      { ...at, body: { spec: { replicas: 10 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    assert.deepEqual([scale.kind, scale.spec.replicas, scale.status.replicas], ['Scale', 10, 8]);
    const { body } = { body: await custom.getNamespacedCustomObject(at) };
    const replaced = await custom.replaceNamespacedCustomObject({ ...at, body: { ...body, spec: { crew: 1 } } });
    assert.equal(replaced.spec.crew, 1);
    await custom.deleteNamespacedCustomObject(at);
    await custom.deleteCollectionNamespacedCustomObject({ ...boats, labelSelector: 'size=small' });
    await eventually('all changes arrive', () =>
      assert.deepEqual(seen, [
        ...['ADDED a 1', 'ADDED b 2', 'ADDED c 3'],
        ...['MODIFIED a 5', 'MODIFIED a 6', 'MODIFIED a 8', 'MODIFIED a 8', 'MODIFIED a 10', 'MODIFIED a 1'],
        ...['DELETED a 1', 'DELETED b 2'],
      ]),
    );
  } finally {
    watching.abort();
  }
});

const integer = { type: 'integer' };
const definition = {
  metadata: { name: `${plural}.${group}` },
  spec: {
    ...{ group, scope: 'Namespaced', names: { plural, singular: 'boat', kind: 'Boat' } },
    versions: [
      {
        ...{ name: version, served: true, storage: true },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', required: ['crew'], properties: { crew: integer } },
              status: { type: 'object', properties: { aboard: integer } },
            },
          },
        },
        selectableFields: [{ jsonPath: '.spec.crew' }],
        subresources: { status: {}, scale: { specReplicasPath: '.spec.crew', statusReplicasPath: '.status.aboard' } },
      },
    ],
  },
};
