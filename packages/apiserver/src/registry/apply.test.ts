import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { kinds, StatusError } from '@flotilla/api';
import { ManualClock } from '@flotilla/base';
import { type Client, configMap, failure, type Loose, Registries, writeOptions } from '../testing/registries.js';

const contentType = 'application/apply-patch+yaml';
const options = (fieldManager: string, more: object = {}) => ({ options: { ...writeOptions, fieldManager, ...more } });

/** What each owns: `{ 'ci Apply': { 'f:data': … } }`, with the subresource behind the operation. */
function owners(object: Loose): Loose {
  const entries: Loose[] = object.metadata.managedFields ?? [];
  const nameOf = (entry: Loose) => `${entry.manager} ${entry.operation}${entry.subresource ? `/${entry.subresource}` : ''}`;
  return Object.fromEntries(entries.map((entry) => [nameOf(entry), entry.fieldsV1]));
}

const data = (...names: string[]) => ({ 'f:data': Object.fromEntries(names.map((name) => [`f:${name}`, {}])) });
const config = (values: Loose, metadata: Loose = {}) => configMap('settings', { data: values, metadata });
/** A configuration has no members that it says nothing of. */
const named = (values: Loose, labels?: Loose) => ({
  ...config(values),
  metadata: { name: 'settings', ...(labels === undefined ? {} : { labels }) },
});

function deployment(spec: Loose = {}, image = 'flotilla/pause'): Loose {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } };
  const metadata = { name: 'web' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { selector: { matchLabels: { app: 'web' } }, template, ...spec },
  };
}

describe('server-side apply', () => {
  const clock = new ManualClock();
  let registries: Registries;
  let client: Client;

  beforeEach(async () => {
    registries = new Registries(1, clock);
    client = registries.at();
    await client.namespace();
  });
  afterEach(() => registries.close());

  const apply = (definition: Loose, body: Loose, manager: string, more: object = {}): Promise<Loose> =>
    client.patch(definition, body.metadata.name, body, { contentType, ...options(manager), ...more });

  test('creates what is not there; defaults have no owner', async () => {
    const created = await apply(kinds.deployments, deployment({ replicas: 2 }), 'ci');
    assert.equal(created.spec.revisionHistoryLimit, 10);
    assert.deepEqual(owners(created), {
      'ci Apply': {
        'f:spec': {
          'f:replicas': {},
          'f:selector': {},
          'f:template': {
            'f:metadata': { 'f:labels': { 'f:app': {} } },
            'f:spec': { 'f:containers': { 'k:{"name":"main"}': { '.': {}, 'f:name': {}, 'f:image': {} } } },
          },
        },
      },
    });
  });

  test('is idempotent: the second time writes nothing', async () => {
    const first = await apply(kinds.deployments, deployment(), 'ci');
    clock.advance(5_000);
    const again = await apply(kinds.deployments, deployment(), 'ci');
    assert.deepEqual(again, first);
  });

  test('a create owns what it sends, structs and lists too', async () => {
    const created = await client.create(kinds.deployments, deployment(), options('kubectl-create'));
    const { 'f:spec': spec } = owners(created)['kubectl-create Update'];
    assert.deepEqual(spec['f:strategy'], {
      'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} },
      'f:type': {},
    });
    assert.deepEqual(spec['f:template']['f:metadata'], { 'f:labels': { '.': {}, 'f:app': {} } });
    assert.equal(spec['.'], undefined, 'a struct that is always there has no owner');
    assert.equal(owners(created)['kubectl-create Update']['f:status'], undefined);
  });

  test('a field of somebody else is a conflict, in the words of Kubernetes', async () => {
    await client.create(kinds.deployments, deployment({ replicas: 1 }), options('kubectl-create'));
    const error: unknown = await apply(kinds.deployments, deployment({ replicas: 3 }), 'ci').catch((caught: unknown) => caught);
    assert.ok(error instanceof StatusError);
    assert.equal(error.message, 'Apply failed with 1 conflict: conflict with "kubectl-create" using apps/v1: .spec.replicas');
    assert.deepEqual(error.details, {
      causes: [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "kubectl-create" using apps/v1',
          field: '.spec.replicas',
        },
      ],
    });
    assert.equal(
      await failure(apply(kinds.deployments, deployment({ replicas: 3, paused: true }, 'flotilla/other'), 'ci')),
      '409 Conflict: Apply failed with 2 conflicts: conflicts with "kubectl-create" using apps/v1:\n' +
        '- .spec.replicas\n- .spec.template.spec.containers[name="main"].image',
    );
  });

  test('force takes the field; the same value is shared', async () => {
    await apply(kinds.configMaps, named({ a: '1', b: '2' }), 'one');
    await apply(kinds.configMaps, named({ b: '2', c: '3' }), 'two');
    const forced = await apply(kinds.configMaps, named({ a: '9' }), 'three', { force: true });
    assert.deepEqual(forced.data, { a: '9', b: '2', c: '3' });
    assert.deepEqual(owners(forced), { 'one Apply': data('b'), 'two Apply': data('b', 'c'), 'three Apply': data('a') });
  });

  test('what an applier leaves out goes, unless somebody else owns it', async () => {
    await apply(kinds.configMaps, named({ a: '1', b: '2', c: '3' }, { x: 'y' }), 'one');
    await apply(kinds.configMaps, named({ b: '2' }), 'two');
    const left = await apply(kinds.configMaps, named({ a: '1' }), 'one');
    assert.deepEqual(left.data, { a: '1', b: '2' });
    assert.equal(left.metadata.labels, undefined);
    assert.deepEqual(owners(left), { 'one Apply': data('a'), 'two Apply': data('b') });
  });

  test('items of map lists are merged by their keys, the protocol of a port by default', async () => {
    const service = (ports: Loose[]) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports } });
    await apply(kinds.services, service([{ name: 'a', port: 80 }]), 'one');
    const both = await apply(kinds.services, service([{ name: 'b', port: 80, protocol: 'UDP' }]), 'two');
    assert.deepEqual(
      both.spec.ports.map((port: Loose) => `${port.name} ${port.protocol}`),
      ['a TCP', 'b UDP'],
    );
    const one = await apply(kinds.services, service([]), 'two');
    assert.deepEqual(
      one.spec.ports.map((port: Loose) => port.name),
      ['a'],
    );
  });

  test('updates take over what they change, and give up what they remove', async () => {
    const applied = await apply(kinds.configMaps, named({ a: '1', b: '2' }), 'ci');
    const updated = await client.update(kinds.configMaps, { ...applied, data: { a: '5', d: '4' } }, options('editor'));
    assert.deepEqual(owners(updated), { 'editor Update': data('a', 'd') });
    const patched = await client.patch(kinds.configMaps, 'settings', { data: { d: null } }, options('editor'));
    assert.deepEqual(owners(patched), { 'editor Update': data('a') });
  });

  test('an update that changes nothing changes no timestamps either', async () => {
    const created = await client.create(kinds.configMaps, config({ a: '1' }), options('one'));
    clock.advance(60_000);
    assert.deepEqual(await client.update(kinds.configMaps, created, options('two')), created);
    const { kind, apiVersion, data: values, metadata } = created;
    assert.deepEqual(
      await client.update(kinds.configMaps, { data: values, metadata, kind, apiVersion }, options('one')),
      created,
    );
  });

  test('status and scale are owned apart from the object', async () => {
    await client.create(kinds.deployments, deployment({ replicas: 1 }), options('kubectl'));
    const scale = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 4 },
    };
    await client.update(kinds.deployments, scale, { subresource: 'scale', ...options('hpa') });
    await client.patch(
      kinds.deployments,
      'web',
      { status: { replicas: 2 } },
      { subresource: 'status', ...options('controller') },
    );
    const now = await client.get(kinds.deployments, 'web');
    assert.deepEqual(owners(now)['hpa Update/scale'], { 'f:spec': { 'f:replicas': {} } });
    assert.deepEqual(owners(now)['controller Update/status'], { 'f:status': { 'f:replicas': {} } });
    assert.equal(owners(now)['kubectl Update']['f:spec']['f:replicas'], undefined);
    assert.equal(
      await failure(apply(kinds.deployments, deployment({ replicas: 9 }), 'ci')),
      '409 Conflict: Apply failed with 1 conflict: conflict with "hpa" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  test('a scale is applied on its own path', async () => {
    await client.create(kinds.deployments, deployment({ replicas: 1 }), options('kubectl'));
    const body = (replicas: number) => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'web' },
      spec: { replicas },
    });
    assert.equal(
      await failure(apply(kinds.deployments, body(4), 'hpa', { subresource: 'scale' })),
      '409 Conflict: Apply failed with 1 conflict: conflict with "kubectl" using apps/v1: .spec.replicas',
    );
    const scaled = await apply(kinds.deployments, body(4), 'hpa', { subresource: 'scale', force: true });
    assert.deepEqual([scaled.kind, scaled.spec.replicas], ['Scale', 4]);
    const now = await client.get(kinds.deployments, 'web');
    assert.deepEqual(owners(now)['hpa Apply/scale'], { 'f:spec': { 'f:replicas': {} } });
    assert.equal(owners(now)['kubectl Update']['f:spec']['f:replicas'], undefined);
    assert.match(
      await failure(apply(kinds.deployments, { ...body(1), spec: { replicaz: 1 } }, 'hpa', { subresource: 'scale' })),
      /\(\/web; autoscaling\/v1, Kind=Scale\): \.spec\.replicaz: field not declared in schema$/,
    );
  });

  test('a status is applied on its own path; the spec in it counts for nothing', async () => {
    await client.create(kinds.deployments, deployment({ replicas: 1 }), options('kubectl'));
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 7 },
      status: { replicas: 3 },
    };
    const applied = await apply(kinds.deployments, body, 'controller', { subresource: 'status', force: true });
    assert.equal(applied.spec.replicas, 1);
    assert.equal(applied.status.replicas, 3);
    assert.deepEqual(owners(applied)['controller Apply/status'], { 'f:status': { 'f:replicas': {} } });
    assert.equal(
      await failure(apply(kinds.deployments, { ...body, metadata: { name: 'none' } }, 'controller', { subresource: 'status' })),
      '404 NotFound: deployments.apps "none" not found',
    );
  });

  test('managedFields can be written, emptied and left out', async () => {
    const created = await client.create(kinds.configMaps, config({ a: '1' }), options('one'));
    const { managedFields, ...metadata } = created.metadata;
    const without = await client.update(kinds.configMaps, { ...created, metadata }, options('two'));
    assert.deepEqual(without.metadata.managedFields, managedFields);
    const renamed = [{ ...managedFields[0], manager: 'kubectl', operation: 'Apply' }];
    const given = await client.patch(kinds.configMaps, 'settings', { metadata: { managedFields: renamed } }, options('three'));
    assert.deepEqual(Object.keys(owners(given)), ['kubectl Apply']);
    for (const reset of [[], [{}]]) {
      const emptied = await client.patch(kinds.configMaps, 'settings', { metadata: { managedFields: reset } }, options('three'));
      assert.equal(emptied.metadata.managedFields, undefined);
      await client.patch(kinds.configMaps, 'settings', { metadata: { managedFields: renamed } }, options('three'));
    }
    const path = '/metadata/managedFields/0/manager';
    const contentType = 'application/json-patch+json';
    const patch = [{ op: 'replace', path, value: 'someone' }];
    assert.deepEqual(Object.keys(owners(await client.patch(kinds.configMaps, 'settings', patch, { contentType }))), [
      'someone Apply',
    ]);
    const long = [{ ...managedFields[0], manager: 'x'.repeat(129) }];
    assert.match(
      await failure(client.patch(kinds.configMaps, 'settings', { metadata: { managedFields: long } }, options('three'))),
      /^422 Invalid: .*metadata\.managedFields\[0\]\.manager: Too long: may not be more than 128 bytes$/,
    );
    const garbled = [{ ...managedFields[0], fieldsV1: { 'k:{': {} } }];
    const kept = await client.patch(kinds.configMaps, 'settings', { metadata: { managedFields: garbled } }, options('three'));
    assert.deepEqual(Object.keys(owners(kept)), ['someone Apply']);
  });

  test('of those who update, the oldest are forgotten by name', async () => {
    await client.create(kinds.configMaps, config({}), options('creator'));
    for (let i = 0; i < 12; i++) {
      clock.advance(1_000);
      await client.patch(kinds.configMaps, 'settings', { data: { [`k${i}`]: '' } }, options(`m${i}`));
    }
    const found = owners(await client.get(kinds.configMaps, 'settings'));
    assert.equal(Object.keys(found).length, 10);
    assert.deepEqual(found['ancient-changes Update'], { 'f:data': { '.': {}, 'f:k0': {}, 'f:k1': {}, 'f:k2': {} } });
  });

  test('kubectl goes over from client-side apply without conflicts', async () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const before = named({ a: '1', b: '2' });
    const annotations = { [annotation]: `${JSON.stringify(before)}\n` };
    await client.create(
      kinds.configMaps,
      { ...before, metadata: { name: 'settings', annotations } },
      options('kubectl-client-side-apply'),
    );
    await client.patch(kinds.configMaps, 'settings', { data: { b: '7' } }, options('other'));
    assert.match(await failure(apply(kinds.configMaps, named({ a: '3' }), 'ci')), /conflict with "kubectl-client-side-apply"/);
    assert.match(
      await failure(apply(kinds.configMaps, named({ a: '3', b: '3' }), 'kubectl')),
      /1 conflict: conflict with "other" using v1: \.data\.b$/,
    );
    const applied = await apply(kinds.configMaps, named({ a: '3' }), 'kubectl');
    assert.equal(applied.data.a, '3');
    assert.deepEqual(JSON.parse(applied.metadata.annotations[annotation]).data, { a: '3' });
  });

  test('a dry run decides all the same, and writes nothing', async () => {
    const dry = options('ci', { dryRun: true });
    assert.equal((await apply(kinds.configMaps, named({ a: '1' }), 'ci', dry)).data.a, '1');
    assert.match(await failure(client.get(kinds.configMaps, 'settings')), /^404/);
    await client.create(kinds.configMaps, config({ a: '1' }), options('one'));
    assert.match(await failure(apply(kinds.configMaps, named({ a: '2' }), 'ci', dry)), /^409 Conflict: Apply failed/);
  });

  test('what is no configuration of the kind is refused', async () => {
    const bad: readonly (readonly [Loose, RegExp])[] = [
      [{ ...named({}), kind: 'Pod' }, /^400 BadRequest: invalid object type: \/v1, Kind=Pod$/],
      [
        { ...named({}), metadata: { name: 'settings', managedFields: [] } },
        /^400 BadRequest: metadata\.managedFields must be nil$/,
      ],
      [
        { ...named({}), datas: {} },
        /^400 BadRequest: failed to create typed patch object \(\/settings; \/v1, Kind=ConfigMap\): \.datas: field not declared in schema$/,
      ],
      [named({ a: 5 }), /\.data\.a: expected string, got &value\.valueUnstructured\{Value:5\}$/],
      [
        { ...named({}), metadata: { name: 'settings', uid: 'abc' } },
        /^409 Conflict: .*uid mismatch: the provided object specified uid abc/,
      ],
    ];
    for (const [body, expected] of bad) assert.match(await failure(apply(kinds.configMaps, body, 'ci')), expected);
    const twice = deployment();
    twice.spec.template.spec.containers.push({ name: 'main', image: 'x' });
    assert.match(
      await failure(apply(kinds.deployments, twice, 'ci')),
      /\.spec\.template\.spec\.containers: duplicate entries for key \[name="main"\]$/,
    );
  });

  test('may need the right to create', async () => {
    const mayCreate = () => Promise.reject(new StatusError(403, 'Forbidden', 'no'));
    assert.equal(await failure(apply(kinds.configMaps, named({}), 'ci', { mayCreate })), '403 Forbidden: no');
  });

  test('appliers of another version keep what they own', async () => {
    const reporter = { reportingComponent: 'c', reportingInstance: 'i', eventTime: '2026-01-01T00:00:00.000000Z' };
    const involvedObject = { kind: 'Pod', name: 'p', namespace: 'default' };
    const event = { metadata: { name: 'e' }, involvedObject, reason: 'r', action: 'a', type: 'Normal', ...reporter };
    await apply(kinds.events, { apiVersion: 'v1', kind: 'Event', ...event }, 'ci');
    const series = { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' };
    const patched = await client.patch(kinds.eventsV1, 'e', { series }, options('other'));
    assert.deepEqual(Object.keys(owners(patched)), ['ci Apply', 'other Update']);
    assert.deepEqual(owners(patched)['ci Apply']['f:reason'], {});
  });
});
