import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds, type StatusError } from '@flotilla/api';
import { failure, type Loose, pod, Registries } from '../../testing/registries.js';

describe('pods/eviction and disruption budgets', () => {
  const registries = new Registries(2);
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());

  async function running(name: string, app: string): Promise<void> {
    await client.create(kinds.pods, pod(name, { metadata: { labels: { app } }, spec: { nodeName: 'n' } }));
    const conditions = [{ type: 'Ready', status: 'True' }];
    await client.patch(kinds.pods, name, { status: { phase: 'Running', conditions } }, { subresource: 'status' });
  }

  async function budget(app: string, status: Loose): Promise<void> {
    const spec = { minAvailable: 1, selector: { matchLabels: { app } } };
    await client.create(kinds.podDisruptionBudgets, { metadata: { name: app }, spec });
    await client.patch(kinds.podDisruptionBudgets, app, { status }, { subresource: 'status' });
  }

  const evict = (name: string, at = 0): Promise<Loose> => {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } };
    return registries.at(at).create(kinds.pods, body, { name, subresource: 'eviction' });
  };

  test('a budget is spent once per eviction, whichever API server it is asked of', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await running(name, 'web');
    await budget('web', { observedGeneration: 1, disruptionsAllowed: 2, currentHealthy: 4, desiredHealthy: 2, expectedPods: 4 });
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name, i) => evict(name, i % 2)));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 2);
    const { status } = await client.get(kinds.podDisruptionBudgets, 'web');
    assert.deepEqual([status.disruptionsAllowed ?? 0, Object.keys(status.disruptedPods).length], [0, 2]);
    const [allowed] = status.conditions;
    assert.deepEqual([allowed.type, allowed.status, allowed.reason], ['DisruptionAllowed', 'False', 'InsufficientPods']);
    const left = results.findIndex((result) => result.status === 'rejected');
    await assert.rejects(
      evict(['a', 'b', 'c', 'd'][left] ?? ''),
      ({ details }: StatusError) => details?.retryAfterSeconds === undefined,
      'clients ask again when they see fit',
    );
    assert.match(
      await failure(evict(['a', 'b', 'c', 'd'][left] ?? '')),
      /^429 TooManyRequests: Cannot evict pod as it would violate the pod's disruption budget\.$/,
    );
  });

  test('a budget that nobody has computed yet protects its pods', async () => {
    await running('young', 'young');
    await budget('young', {});
    await assert.rejects(evict('young'), ({ code, details }: StatusError) => code === 429 && details?.retryAfterSeconds === 10);
    assert.equal((await client.get(kinds.pods, 'young')).metadata.deletionTimestamp, undefined);
  });

  test('pods that serve nobody, and pods without a budget, go', async () => {
    await client.create(kinds.pods, pod('pending', { metadata: { labels: { app: 'young' } }, spec: { nodeName: 'n' } }));
    await running('free', 'free');
    for (const name of ['pending', 'free']) {
      assert.equal((await evict(name)).status, 'Success');
      const { metadata, status } = await client.get(kinds.pods, name);
      assert.ok(metadata.deletionTimestamp);
      const target = status.conditions.find(({ type }: Loose) => type === 'DisruptionTarget');
      assert.deepEqual(
        [target.status, target.reason, target.message],
        ['True', 'EvictionByEvictionAPI', 'Eviction API: evicting'],
      );
    }
    assert.match(await failure(evict('nobody')), /^404 NotFound: pods "nobody" not found$/);
    assert.match(
      await failure(client.create(kinds.pods, { metadata: { name: 'other' } }, { name: 'free', subresource: 'eviction' })),
      /^400 BadRequest: name in URL does not match name in Eviction object$/,
    );
  });

  test('preconditions are those of the pod as it was, and a dry run changes nothing', async () => {
    const running = await client.create(kinds.pods, pod('picky', { spec: { nodeName: 'n' } }));
    const evictIf = (resourceVersion: string, more: Loose = {}) =>
      client.create(
        kinds.pods,
        {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: 'picky' },
          deleteOptions: { preconditions: { resourceVersion }, ...more },
        },
        { name: 'picky', subresource: 'eviction' },
      );
    assert.match(await failure(evictIf('1')), /^409 Conflict: /);
    const { resourceVersion } = running.metadata;
    await evictIf(resourceVersion, { dryRun: ['All'] });
    assert.equal((await client.get(kinds.pods, 'picky')).metadata.resourceVersion, resourceVersion);
    await evictIf(resourceVersion);
    assert.ok((await client.get(kinds.pods, 'picky')).metadata.deletionTimestamp);
  });

  test('two budgets for one pod are an error', async () => {
    await running('torn', 'torn');
    await budget('torn', { observedGeneration: 1, disruptionsAllowed: 1 });
    await client.create(kinds.podDisruptionBudgets, {
      metadata: { name: 'torn-2' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'torn' } } },
    });
    assert.match(await failure(evict('torn')), /^500 InternalError: .*more than one PodDisruptionBudget/);
  });
});
