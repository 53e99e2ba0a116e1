import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { configMap, failure, pod, Registries } from '../testing/registries.js';

describe('delete', () => {
  const registries = new Registries();
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());

  test('an object without finalizers goes at once, with a Status that names it', async () => {
    const { metadata } = await client.create(kinds.configMaps, configMap('plain'));
    const status = await client.delete(kinds.configMaps, 'plain');
    assert.deepEqual(
      [status.kind, status.status, status.details],
      ['Status', 'Success', { name: 'plain', kind: 'configmaps', uid: metadata.uid }],
    );
    assert.match(await failure(client.get(kinds.configMaps, 'plain')), /^404/);
  });

  test('finalizers keep it until the last one is removed', async () => {
    await client.create(kinds.configMaps, configMap('held', { metadata: { finalizers: ['example.com/a', 'example.com/b'] } }));
    const marked = await client.delete(kinds.configMaps, 'held');
    assert.ok(marked.metadata.deletionTimestamp);
    assert.equal(marked.metadata.deletionGracePeriodSeconds, 0);
    const again = await client.delete(kinds.configMaps, 'held');
    assert.equal(again.metadata.resourceVersion, marked.metadata.resourceVersion, 'a second delete changes nothing');
    await client.patch(kinds.configMaps, 'held', { metadata: { finalizers: ['example.com/b'] } });
    await client.get(kinds.configMaps, 'held');
    assert.match(
      await failure(client.patch(kinds.configMaps, 'held', { metadata: { finalizers: ['example.com/b', 'example.com/c'] } })),
      /^422 Invalid: .*no new finalizers can be added if the object is being deleted/,
    );
    await client.patch(kinds.configMaps, 'held', { metadata: { finalizers: null } });
    assert.match(await failure(client.get(kinds.configMaps, 'held')), /^404/);
  });

  test('the propagation policy decides which of the collector’s finalizers it bears', async () => {
    const cases = [
      ['Foreground', ['foregroundDeletion']],
      ['Orphan', ['orphan']],
    ] as const;
    for (const [propagationPolicy, finalizers] of cases) {
      const name = `owner-${propagationPolicy.toLowerCase()}`;
      await client.create(kinds.configMaps, configMap(name));
      const marked = await client.delete(kinds.configMaps, name, { propagationPolicy });
      assert.deepEqual(marked.metadata.finalizers, finalizers);
      assert.ok(marked.metadata.deletionTimestamp);
      await client.delete(kinds.configMaps, name, { propagationPolicy: 'Background' });
      assert.match(await failure(client.get(kinds.configMaps, name)), /^404/);
    }
  });

  test('preconditions name the object that is meant', async () => {
    const { metadata } = await client.create(kinds.configMaps, configMap('pre'));
    assert.match(
      await failure(client.delete(kinds.configMaps, 'pre', { preconditions: { uid: 'other' } })),
      /^409 Conflict: Operation cannot be fulfilled on ConfigMap "pre": the UID in the precondition \(other\) does not match the UID in record \([0-9a-f-]+\)\. The object might have been deleted and then recreated$/,
    );
    assert.match(
      await failure(client.delete(kinds.configMaps, 'pre', { preconditions: { resourceVersion: '1' } })),
      /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
    );
    await client.delete(kinds.configMaps, 'pre', {
      preconditions: { uid: metadata.uid, resourceVersion: metadata.resourceVersion },
    });
  });

  test('a pod without a node goes at once; one with a node waits for its kubelet', async () => {
    await client.create(kinds.pods, pod('unbound'));
    assert.equal((await client.delete(kinds.pods, 'unbound')).kind, 'Pod');
    assert.match(await failure(client.get(kinds.pods, 'unbound')), /^404/);

    await client.create(kinds.pods, pod('bound', { spec: { nodeName: 'node-1', terminationGracePeriodSeconds: 20 } }));
    const marked = await client.delete(kinds.pods, 'bound');
    assert.equal(marked.metadata.deletionGracePeriodSeconds, 20);
    const shorter = await client.delete(kinds.pods, 'bound', { gracePeriodSeconds: 5 });
    assert.equal(shorter.metadata.deletionGracePeriodSeconds, 5);
    const longer = await client.delete(kinds.pods, 'bound', { gracePeriodSeconds: 60 });
    assert.equal(longer.metadata.deletionGracePeriodSeconds, 5);
    await client.patch(kinds.pods, 'bound', { status: { phase: 'Running' } }, { subresource: 'status' });
    await client.delete(kinds.pods, 'bound', { gracePeriodSeconds: 0 });
    assert.match(await failure(client.get(kinds.pods, 'bound')), /^404/);
  });

  test('an evicted pod goes as a deleted one does', async () => {
    await client.create(kinds.pods, pod('evicted', { spec: { nodeName: 'node-1' } }));
    const body = {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'evicted' },
      deleteOptions: { gracePeriodSeconds: 7 },
    };
    const status = await client.create(kinds.pods, body, { name: 'evicted', subresource: 'eviction' });
    assert.deepEqual([status.kind, status.status], ['Status', 'Success']);
    assert.equal((await client.get(kinds.pods, 'evicted')).metadata.deletionGracePeriodSeconds, 7);
  });

  test('a namespace terminates, takes nothing new, and goes when it is finalized', async () => {
    await client.create(kinds.namespaces, { metadata: { name: 'team' } });
    const marked = await client.delete(kinds.namespaces, 'team');
    assert.deepEqual([marked.status.phase, marked.spec.finalizers], ['Terminating', ['kubernetes']]);
    assert.match(
      await failure(client.create(kinds.configMaps, configMap('late'), { namespace: 'team' })),
      /^403 Forbidden: configmaps "late" is forbidden: unable to create new content in namespace team because it is being terminated$/,
    );
    await client.update(kinds.namespaces, { ...marked, spec: { finalizers: [] } }, { subresource: 'finalize' });
    assert.match(await failure(client.get(kinds.namespaces, 'team')), /^404/);
  });

  test('deletecollection deletes what the selector selects', async () => {
    for (const name of ['a', 'b', 'c']) {
      await client.create(kinds.secrets, { metadata: { name, labels: { keep: String(name === 'b') } } });
    }
    const request = { ...client.listRequest(), namespace: 'default', labelSelector: 'keep=false', options: { dryRun: false } };
    const deleted = await client.registry.deleteCollection(kinds.secrets as never, request);
    assert.deepEqual(deleted.items.map(({ object }) => object.metadata.name).sort(), ['a', 'c']);
    assert.deepEqual(
      (await client.list(kinds.secrets)).items.map((item: { metadata: { name: string } }) => item.metadata.name),
      ['b'],
    );
  });
});
