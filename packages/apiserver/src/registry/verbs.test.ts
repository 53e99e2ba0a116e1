import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { ManualClock } from '@flotilla/base';
import { eventTtlSeconds, leaseReuseMs } from '../limits.js';
import { configMap, failure, type Loose, pod, Registries, seen, take, writeOptions } from '../testing/registries.js';

describe('events', () => {
  test('vanish after their time, and those who watch see it', async () => {
    const clock = new ManualClock();
    const registries = new Registries(1, clock);
    const client = registries.at();
    await client.namespace();
    const event = { involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'x', type: 'Normal' };
    await client.create(kinds.events, { metadata: { name: 'e1' }, ...event });
    clock.advance(leaseReuseMs);
    const { metadata } = await client.create(kinds.events, { metadata: { name: 'e2' }, ...event });
    const watch = await client.watch(kinds.events, { resourceVersion: metadata.resourceVersion });
    clock.advance(eventTtlSeconds * 1_000 + 1);
    assert.deepEqual(seen(await take(watch, 1)), ['DELETED e1']);
    await client.get(kinds.events, 'e2');
    await registries.close();
  });
});

describe('verbs', () => {
  const registries = new Registries();
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());

  test('create fills in what the server decides, and get answers the same text', async () => {
    const created = await client.create(kinds.pods, pod('web-1'));
    assert.match(created.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(created.metadata.resourceVersion, /^\d+$/);
    assert.match(created.metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(created.metadata.namespace, 'default');
    assert.equal(created.metadata.generation, 1);
    assert.equal(created.spec.restartPolicy, 'Always');
    assert.equal(created.spec.schedulerName, 'default-scheduler');
    assert.equal(created.spec.tolerations.length, 2);
    assert.equal(created.status.phase, 'Pending');
    assert.deepEqual(await client.get(kinds.pods, 'web-1'), created);
  });

  test('the store has the object under its Kubernetes key, without resourceVersion', async () => {
    const { kvs } = await registries.store.range({ key: Buffer.from('/registry/pods/default/web-1') });
    const stored = JSON.parse(Buffer.from(kvs[0]!.value).toString());
    assert.equal(stored.metadata.resourceVersion, undefined);
    assert.equal((await client.get(kinds.pods, 'web-1')).metadata.resourceVersion, String(kvs[0]!.modRevision));
  });

  test('generateName appends a suffix', async () => {
    const created = await client.create(kinds.configMaps, { metadata: { generateName: 'cm-' } });
    assert.match(created.metadata.name, /^cm-[a-z0-9]{5}$/);
  });

  test('what a client does wrong has a Status', async () => {
    await client.create(kinds.configMaps, configMap('there'));
    const cases: readonly (readonly [Promise<unknown>, RegExp])[] = [
      [client.create(kinds.configMaps, configMap('there')), /^409 AlreadyExists: configmaps "there" already exists$/],
      [client.get(kinds.configMaps, 'nope'), /^404 NotFound: configmaps "nope" not found$/],
      [client.delete(kinds.configMaps, 'nope'), /^404 NotFound: configmaps "nope" not found$/],
      [client.patch(kinds.configMaps, 'nope', {}), /^404 NotFound: configmaps "nope" not found$/],
      [client.create(kinds.configMaps, configMap('Bad_Name')), /^422 Invalid: ConfigMap "Bad_Name" is invalid: metadata\.name: /],
      [
        client.create(kinds.configMaps, configMap('x'), { namespace: 'nowhere' }),
        /^404 NotFound: namespaces "nowhere" not found$/,
      ],
      [
        client.create(kinds.configMaps, configMap('x', { metadata: { namespace: 'other' } })),
        /^400 BadRequest: the namespace of the provided object does not match the namespace sent on the request$/,
      ],
      [
        client.create(kinds.configMaps, { ...configMap('x'), dota: {} }),
        /^400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dota"$/,
      ],
      [
        client.create(kinds.configMaps, configMap('x', { metadata: { resourceVersion: '5' } })),
        /^400 BadRequest: resourceVersion should not be set on objects to be created$/,
      ],
      [
        client.delete(kinds.namespaces, 'default'),
        /^403 Forbidden: namespaces "default" is forbidden: this namespace may not be deleted$/,
      ],
      [
        client.patch(kinds.configMaps, 'there', {}, { contentType: 'application/patch' }),
        /^415 UnsupportedMediaType: the body of the request was in an unknown format - accepted media types include: /,
      ],
      [client.list(kinds.configMaps, { labelSelector: 'a in (' }), /^400 BadRequest: /],
      [client.list(kinds.configMaps, { fieldSelector: 'spec.x=1' }), /^400 BadRequest: field label not supported: spec\.x$/],
      [
        client.list(kinds.configMaps, { resourceVersion: 'x' }),
        /^400 BadRequest: invalid resource version: resourceVersion: Invalid value: "x": strconv\.ParseUint: parsing "x": invalid syntax$/,
      ],
      [
        client.get(kinds.configMaps, 'there', { subresource: 'status' }),
        /^404 NotFound: the server could not find the requested resource$/,
      ],
    ];
    for (const [call, expected] of cases) assert.match(await failure(call), expected);
  });

  test('warnings tell of unknown and duplicate fields', async () => {
    const answer = await client.registry.create(kinds.configMaps, {
      ...client.context,
      namespace: 'default',
      body: { ...configMap('warned'), dota: {} },
      bodyProblems: ['duplicate field "data.x"'],
      options: { ...writeOptions, fieldValidation: 'Warn' },
    });
    assert.deepEqual(answer.warnings, ['unknown field "dota"', 'duplicate field "data.x"']);
    assert.equal((await client.get(kinds.configMaps, 'warned')).dota, undefined);
  });

  test('warnings tell of what is strange about pods and templates, once they are fine otherwise', async () => {
    const warnings: string[] = [];
    const notes = {
      warn: (text: string) => void warnings.push(text),
      annotate: () => {},
      elsewhere: <T>(work: Promise<T>) => work,
    };
    const [{ name, image }] = pod('x').spec.containers;
    const spec = { containers: [{ name, image, ports: [{ containerPort: 80 }, { containerPort: 80 }] }] };
    const duplicate = (at: string) =>
      `${at}spec.containers[0].ports[1]: duplicate port definition with ${at}spec.containers[0].ports[0]`;
    await failure(client.create(kinds.pods, pod('wrong', { spec: { ...spec, hostname: '-' } }), { notes }));
    assert.deepEqual(warnings, []);
    await client.create(kinds.pods, pod('strange', { spec }), { notes });
    await client.patch(kinds.pods, 'strange', { metadata: { labels: { a: 'b' } } }, { notes });
    assert.deepEqual(warnings.splice(0), [duplicate('')]);
    await client.create(kinds.podTemplates, { metadata: { name: 'strange' }, template: { spec } }, { notes });
    await client.patch(kinds.podTemplates, 'strange', { metadata: { labels: { a: 'b' } } }, { notes });
    await client.patch(kinds.podTemplates, 'strange', { template: { spec: { hostname: 'x' } } }, { notes });
    assert.deepEqual(warnings.splice(0), [duplicate('template.'), duplicate('template.')]);
    const tls = { type: 'kubernetes.io/tls', data: { 'tls.crt': 'eA==', 'tls.key': 'eA==' } };
    await client.create(kinds.secrets, { metadata: { name: 'strange' }, ...tls }, { notes });
    assert.deepEqual(warnings, ['tls: failed to find any PEM data in certificate input']);
  });

  test('an update with a stale resourceVersion is refused; without one it overwrites', async () => {
    const first = await client.create(kinds.configMaps, configMap('versions', { data: { n: '1' } }));
    const second = await client.update(kinds.configMaps, { ...first, data: { n: '2' } });
    assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion);
    assert.match(
      await failure(client.update(kinds.configMaps, { ...first, data: { n: '3' } })),
      /^409 Conflict: Operation cannot be fulfilled on configmaps "versions": the object has been modified; please apply your changes to the latest version and try again$/,
    );
    const { resourceVersion: _, ...metadata } = first.metadata;
    assert.equal((await client.update(kinds.configMaps, { ...first, metadata, data: { n: '4' } })).data.n, '4');
  });

  test('an update that changes nothing writes nothing', async () => {
    const before = await client.create(kinds.configMaps, configMap('same', { data: { a: 'b' } }));
    assert.deepEqual(await client.update(kinds.configMaps, before), before);
    assert.deepEqual(await client.patch(kinds.configMaps, 'same', { data: { a: 'b' } }), before);
  });

  test('metadata of nothing is not written, as Go has it', async () => {
    const empty = { labels: {}, annotations: {}, ownerReferences: [], finalizers: [] };
    const created = await client.create(kinds.configMaps, { ...configMap('bare'), metadata: { name: 'bare', ...empty } });
    for (const part of Object.keys(empty)) assert.ok(!(part in created.metadata), part);
    const full = { labels: { a: 'b' }, annotations: { a: 'b' }, finalizers: ['example.com/f'] };
    const labelled = await client.patch(kinds.configMaps, 'bare', { metadata: full });
    const gone = { labels: { a: null }, annotations: { a: null }, finalizers: [] };
    const bare = await client.patch(kinds.configMaps, 'bare', { metadata: gone });
    for (const part of Object.keys(empty)) assert.ok(!(part in bare.metadata), part);
    assert.notEqual(bare.metadata.resourceVersion, labelled.metadata.resourceVersion);
    assert.equal(bare.metadata.managedFields, undefined, 'nobody owns it');
    const same = await client.patch(kinds.configMaps, 'bare', { metadata: empty });
    assert.equal(same.metadata.resourceVersion, bare.metadata.resourceVersion);
  });

  test('status and spec are written through their own paths; only the spec counts generations', async () => {
    const created = await client.create(kinds.deployments, deployment('split'));
    const status = { ...created, spec: { ...created.spec, replicas: 9 }, status: { replicas: 2 } };
    const afterStatus = await client.update(kinds.deployments, status, { subresource: 'status' });
    assert.deepEqual([afterStatus.spec.replicas, afterStatus.status.replicas, afterStatus.metadata.generation], [1, 2, 1]);
    const afterSpec = await client.patch(kinds.deployments, 'split', { spec: { replicas: 3 }, status: { replicas: 7 } });
    assert.deepEqual([afterSpec.spec.replicas, afterSpec.status.replicas, afterSpec.metadata.generation], [3, 2, 2]);
  });

  test('scale reads and writes replicas', async () => {
    await client.create(kinds.deployments, deployment('scaled'));
    const scale = await client.get(kinds.deployments, 'scaled', { subresource: 'scale' });
    assert.deepEqual(
      [scale.kind, scale.apiVersion, scale.spec, scale.status],
      ['Scale', 'autoscaling/v1', { replicas: 1 }, { replicas: 0, selector: 'app=scaled' }],
    );
    const to6 = await client.update(kinds.deployments, { ...scale, spec: { replicas: 6 } }, { subresource: 'scale' });
    assert.equal(to6.spec.replicas, 6);
    const to0 = await client.patch(kinds.deployments, 'scaled', { spec: { replicas: 0 } }, { subresource: 'scale' });
    assert.deepEqual(to0.spec, {});
    assert.equal((await client.get(kinds.deployments, 'scaled')).spec.replicas, 0);
    assert.match(
      await failure(client.patch(kinds.deployments, 'scaled', { spec: { replicas: -1 } }, { subresource: 'scale' })),
      /^422 Invalid: Scale\.autoscaling "scaled" is invalid: spec\.replicas: Invalid value: -1: must be greater than or equal to 0$/,
    );
    assert.match(
      await failure(client.update(kinds.deployments, { ...scale, spec: { replicas: 2 } }, { subresource: 'scale' })),
      /^409 Conflict/,
    );
  });

  test('dryRun does everything but the write', async () => {
    const options = { options: { ...writeOptions, dryRun: true } };
    const created = await client.create(kinds.pods, pod('dry'), options);
    assert.equal(created.spec.restartPolicy, 'Always');
    assert.match(await failure(client.get(kinds.pods, 'dry')), /^404/);
    await client.create(kinds.configMaps, configMap('dry'));
    assert.match(await failure(client.create(kinds.configMaps, configMap('dry'), options)), /^409 AlreadyExists/);
    assert.deepEqual((await client.patch(kinds.configMaps, 'dry', { data: { a: 'b' } }, options)).data, { a: 'b' });
    assert.deepEqual((await client.get(kinds.configMaps, 'dry')).data ?? {}, {});
    await client.delete(kinds.configMaps, 'dry', { dryRun: true });
    await client.get(kinds.configMaps, 'dry');
  });

  test('core events and events.k8s.io events are two views of one object', async () => {
    const event = {
      metadata: { name: 'e1' },
      involvedObject: { kind: 'Pod', name: 'web-1', namespace: 'default' },
      reason: 'Started',
      message: 'Started container',
      type: 'Normal',
    };
    await client.create(kinds.events, event);
    const viewed = await client.get(kinds.eventsV1, 'e1');
    assert.deepEqual([viewed.apiVersion, viewed.note, viewed.regarding.name], ['events.k8s.io/v1', 'Started container', 'web-1']);
    const list = await client.list(kinds.eventsV1);
    assert.deepEqual(
      [list.apiVersion, list.kind, list.items[0].apiVersion],
      ['events.k8s.io/v1', 'EventList', 'events.k8s.io/v1'],
    );
    assert.equal((await client.list(kinds.events)).items[0].apiVersion, 'v1');
  });
});

function deployment(name: string): Loose {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod('x').spec } },
  };
}
