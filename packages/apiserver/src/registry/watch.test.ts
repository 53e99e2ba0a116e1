import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Definition, kinds, type Status } from '@flotilla/api';
import { ManualClock } from '@flotilla/base';
import { bookmarkPeriodMs, watchQueueEventsMax } from '../limits.js';
import { breakableWatches } from '../testing/breakable-watches.js';
import { type Client, configMap, failure, type Loose, pod, Registries, seen, take } from '../testing/registries.js';

const revisionOf = (object: Loose): string => object.metadata.resourceVersion;

describe('watch', () => {
  const registries = new Registries(2);
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());

  test('tells of changes after a resourceVersion, in order, with their own resourceVersions', async () => {
    const first = await client.create(kinds.configMaps, configMap('one'));
    const watch = await client.watch(kinds.configMaps, { resourceVersion: revisionOf(first) });
    const second = await client.patch(kinds.configMaps, 'one', { data: { a: 'b' } });
    await client.create(kinds.configMaps, configMap('two'));
    await client.delete(kinds.configMaps, 'one');
    const events = await take(watch, 3);
    assert.deepEqual(seen(events), ['MODIFIED one', 'ADDED two', 'DELETED one']);
    assert.equal(events[0]?.object.metadata?.resourceVersion, revisionOf(second));
    const gone: Loose = events[2]?.object;
    assert.ok(Number(revisionOf(gone)) > Number(revisionOf(second)));
    assert.deepEqual(gone.data, { a: 'b' });
    assert.ok(Buffer.from(events[0]!.bytes).toString().endsWith('}\n'));
  });

  test('without a resourceVersion it begins with what is there', async () => {
    await client.create(kinds.secrets, { metadata: { name: 's1' } });
    await client.create(kinds.secrets, { metadata: { name: 's2' } });
    for (const resourceVersion of ['', '0']) {
      const watch = await client.watch(kinds.secrets, { resourceVersion });
      assert.deepEqual(seen(await take(watch, 2)), ['ADDED s1', 'ADDED s2']);
    }
  });

  test('sendInitialEvents marks the end of the initial objects with a bookmark', async () => {
    const watch = await client.watch(kinds.secrets, {
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    });
    const events = await take(watch, 3);
    assert.deepEqual(seen(events), ['ADDED s1', 'ADDED s2', 'BOOKMARK']);
    const bookmark: Loose = events[2]?.object;
    assert.deepEqual([bookmark.kind, bookmark.metadata.annotations], ['Secret', { 'k8s.io/initial-events-end': 'true' }]);
    assert.match(await failure(client.watch(kinds.secrets, { sendInitialEvents: true })), /^422 Invalid: .*sendInitialEvents/);
  });

  test('objects that enter or leave the selector are added and deleted', async () => {
    const start = await client.create(kinds.configMaps, configMap('wanderer'));
    const watch = await client.watch(kinds.configMaps, { labelSelector: 'in=yes', resourceVersion: revisionOf(start) });
    await client.patch(kinds.configMaps, 'wanderer', { metadata: { labels: { in: 'yes' } } });
    await client.patch(kinds.configMaps, 'wanderer', { data: { a: '1' } });
    await client.patch(kinds.configMaps, 'wanderer', { metadata: { labels: { in: 'no' } } });
    await client.patch(kinds.configMaps, 'wanderer', { data: { a: '2' } });
    await client.patch(kinds.configMaps, 'wanderer', { metadata: { labels: { in: 'yes' } } });
    const events = await take(watch, 4);
    assert.deepEqual(seen(events), ['ADDED wanderer', 'MODIFIED wanderer', 'DELETED wanderer', 'ADDED wanderer']);
    const left: Loose = events[2]?.object;
    assert.equal(left.metadata.labels.in, 'yes', 'a vanished object is shown as it was last seen');
  });

  test('a kubelet sees the pods of its node, from their binding to their end', async () => {
    const { metadata } = await client.list(kinds.pods);
    const selector = { fieldSelector: 'spec.nodeName=node-1', resourceVersion: metadata.resourceVersion };
    const mine = await client.watch(kinds.pods, selector);
    const others = await client.watch(kinds.pods, { ...selector, fieldSelector: 'spec.nodeName=node-2' });
    await client.create(kinds.pods, pod('p1'));
    await client.create(kinds.pods, pod('p2', { spec: { nodeName: 'node-2' } }));
    await client.create(kinds.pods, binding('p1', 'node-1'), { name: 'p1', subresource: 'binding' });
    await client.delete(kinds.pods, 'p1', { gracePeriodSeconds: 0 });
    await client.delete(kinds.pods, 'p2', { gracePeriodSeconds: 0 });
    assert.deepEqual(seen(await take(mine, 2)), ['ADDED p1', 'DELETED p1']);
    assert.deepEqual(seen(await take(others, 2)), ['ADDED p2', 'DELETED p2']);
  });

  test('resumes at another API server without gap or duplicate, also from before its cache began', async () => {
    const start = await client.create(kinds.serviceAccounts, { metadata: { name: 'sa-0' } });
    const expected: string[] = [];
    for (let i = 1; i <= 30; i++) {
      await client.create(kinds.serviceAccounts, { metadata: { name: `sa-${i}` } });
      expected.push(`ADDED sa-${i}`);
      if (i % 3 === 0) {
        await client.delete(kinds.serviceAccounts, `sa-${i}`);
        expected.push(`DELETED sa-${i}`);
      }
    }
    const all: string[] = [];
    let resourceVersion = revisionOf(start);
    for (let hop = 0; all.length < expected.length; hop++) {
      const events = await take(await registries.at(hop % 2).watch(kinds.serviceAccounts, { resourceVersion }), 1);
      const read = events.slice(0, 4);
      all.push(...seen(read));
      resourceVersion = revisionOf(read.at(-1)?.object);
    }
    assert.deepEqual(all, expected);
  });

  test('names of other resources that share a prefix stay apart', async () => {
    const { metadata } = await client.list(kinds.services);
    const watch = await client.watch(kinds.endpoints, { resourceVersion: metadata.resourceVersion });
    await client.create(kinds.services, { metadata: { name: 'svc' }, spec: { ports: [{ port: 80 }] } });
    await client.create(kinds.endpoints, { metadata: { name: 'ep' } });
    assert.deepEqual(seen(await take(watch, 1)), ['ADDED ep']);
  });

  test('what is no object is not taken for one, and harms nothing else', async () => {
    const start = await client.create(kinds.configMaps, configMap('tidy'));
    const watch = await client.watch(kinds.configMaps, { resourceVersion: revisionOf(start) });
    await registries.store.put({ key: Buffer.from('/registry/configmaps/default/garbage'), value: Buffer.from('garbage') });
    await client.create(kinds.configMaps, configMap('tidier'));
    assert.deepEqual(seen(await take(watch, 1)), ['ADDED tidier']);
    assert.ok(!names(await client.list(kinds.configMaps)).includes('garbage'));
    await registries.store.deleteRange({ key: Buffer.from('/registry/configmaps/default/garbage') });
  });

  test('ends when the client leaves', async () => {
    const leave = new AbortController();
    const watch = await client.watch(kinds.configMaps, { resourceVersion: '0', signal: leave.signal });
    const reading = take(watch, Number.POSITIVE_INFINITY);
    leave.abort();
    await reading;
  });

  test('a reader that falls behind is told to list again, and the others go on', async () => {
    const { metadata } = await client.list(kinds.leases);
    const slow = await client.watch(kinds.leases, { resourceVersion: metadata.resourceVersion });
    const quick = await client.watch(kinds.leases, { resourceVersion: metadata.resourceVersion });
    const count = watchQueueEventsMax + 1;
    const reading = take(quick, count);
    for (let i = 0; i < count; i++) {
      const key = Buffer.from(`/registry/leases/default/l-${i}`);
      const value = Buffer.from(`{"kind":"Lease","apiVersion":"coordination.k8s.io/v1","metadata":{"name":"l-${i}"}}`);
      await registries.store.put({ key, value });
      if (i % 100 === 0) await new Promise(setImmediate);
    }
    assert.equal((await reading).length, count);
    const events = await take(slow, count);
    assert.deepEqual(seen(events), ['ERROR Expired']);
    assert.equal(client.registry.cacheCounts(kinds.leases as unknown as Definition)?.terminated, 1);
  });
});

describe('watch and the store’s history', () => {
  test('410 when the past has been compacted', async () => {
    const registries = new Registries(2);
    const client = registries.at();
    await client.namespace();
    const first = await client.create(kinds.configMaps, configMap('a'));
    const last = await client.create(kinds.configMaps, configMap('b'));
    await client.create(kinds.configMaps, configMap('c'));
    await registries.store.compact(Number(revisionOf(last)) + 1);
    const [event] = await take(await registries.at(1).watch(kinds.configMaps, { resourceVersion: revisionOf(first) }), 2);
    const { code, reason, message = '' } = event!.object as Status;
    assert.deepEqual([event!.type, code, reason], ['ERROR', 410, 'Expired']);
    assert.match(message, /^too old resource version: \d+ \(\d+\)$/);
    assert.match(
      await failure(client.list(kinds.configMaps, { resourceVersion: revisionOf(first), resourceVersionMatch: 'Exact' })),
      /^410 Expired: The resourceVersion for the provided list is too old\.$/,
    );
    await registries.close();
  });

  test('a store watch that was compacted away ends the watches with 410 and fills the cache again', async () => {
    const broken = breakableWatches();
    const registries = new Registries(1, undefined, broken.wrap);
    const client = registries.at();
    await client.namespace();
    await client.create(kinds.configMaps, configMap('before'));
    const watch = await client.watch(kinds.configMaps, { resourceVersion: '0' });
    const reading = take(watch, 2);
    await broken.compactedAway('configmaps');
    assert.deepEqual(seen(await reading), ['ADDED before', 'ERROR Expired']);
    await client.create(kinds.configMaps, configMap('after'));
    assert.deepEqual(names(await client.list(kinds.configMaps)), ['after', 'before']);
    await registries.close();
  });

  test('a store watch that breaks goes on where it was', async () => {
    const broken = breakableWatches();
    const registries = new Registries(1, undefined, broken.wrap);
    const client = registries.at();
    await client.namespace();
    const start = await client.create(kinds.configMaps, configMap('a'));
    const watch = await client.watch(kinds.configMaps, { resourceVersion: revisionOf(start) });
    await broken.disconnected('configmaps');
    await client.create(kinds.configMaps, configMap('b'));
    await client.create(kinds.configMaps, configMap('c'));
    assert.deepEqual(seen(await take(watch, 2)), ['ADDED b', 'ADDED c']);
    await registries.close();
  });
});

describe('bookmarks', () => {
  test('keep the resourceVersion of an idle watcher fresh', async () => {
    const clock = new ManualClock();
    const registries = new Registries(1, clock);
    const client: Client = registries.at();
    await client.namespace();
    const start = await client.create(kinds.configMaps, configMap('a'));
    const options = { labelSelector: 'never=matches', resourceVersion: revisionOf(start) };
    const watch = await client.watch(kinds.configMaps, { ...options, allowWatchBookmarks: true });
    const written = await client.create(kinds.configMaps, configMap('b'));
    await client.list(kinds.configMaps);
    clock.advance(bookmarkPeriodMs);
    const [bookmark] = await take(watch, 1);
    assert.equal(bookmark?.type, 'BOOKMARK');
    assert.equal(revisionOf(bookmark?.object), revisionOf(written));
    await registries.close();
  });
});

function binding(name: string, node: string): object {
  return { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target: { kind: 'Node', name: node } };
}

function names(list: Loose): string[] {
  return list.items.map((item: Loose) => item.metadata.name);
}
