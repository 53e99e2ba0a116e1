import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds, StatusError } from '@flotilla/api';
import { rangePageObjectsMax } from '../limits.js';
import { configMap, failure, type Loose, pod, Registries } from '../testing/registries.js';
import { continueToken } from './continue-token.js';

const names = (list: Loose): string[] => list.items.map((item: Loose) => item.metadata.name);
const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `cm-${String(i).padStart(2, '0')}`);

describe('list', () => {
  const registries = new Registries(2);
  const client = registries.at();
  before(async () => {
    await client.namespace();
    await client.namespace('other');
    for (const name of numbered(10)) {
      const even = Number(name.slice(-1)) % 2 === 0;
      await client.create(kinds.configMaps, configMap(name, { metadata: { labels: { even: String(even) } } }));
    }
    await client.create(kinds.configMaps, configMap('elsewhere'), { namespace: 'other' });
  });
  after(() => registries.close());

  test('has all objects in key order, of one namespace or of all', async () => {
    const list = await client.list(kinds.configMaps, { namespace: 'default' });
    assert.deepEqual(names(list), numbered(10));
    assert.deepEqual([list.kind, list.apiVersion], ['ConfigMapList', 'v1']);
    assert.match(list.metadata.resourceVersion, /^\d+$/);
    assert.equal((await client.list(kinds.configMaps)).items.length, 11);
    assert.deepEqual(names(await client.list(kinds.configMaps, { namespace: 'none' })), []);
  });

  test('selectors select', async () => {
    const cases: readonly (readonly [object, readonly string[]])[] = [
      [{ labelSelector: 'even=true' }, ['cm-00', 'cm-02', 'cm-04', 'cm-06', 'cm-08']],
      [{ labelSelector: 'even notin (true,false)' }, ['elsewhere']],
      [{ fieldSelector: 'metadata.name=cm-03' }, ['cm-03']],
      [{ fieldSelector: 'metadata.namespace=other' }, ['elsewhere']],
      [
        { labelSelector: 'even=true', fieldSelector: 'metadata.name!=cm-00', namespace: 'default' },
        ['cm-02', 'cm-04', 'cm-06', 'cm-08'],
      ],
    ];
    for (const [request, expected] of cases) assert.deepEqual(names(await client.list(kinds.configMaps, request)), expected);
  });

  for (const at of [0, 1]) {
    test(`pages show one state, whatever is written meanwhile (API server ${at})`, async () => {
      const first = await client.list(kinds.configMaps, { namespace: 'default', limit: 4 });
      assert.deepEqual([names(first), first.metadata.remainingItemCount], [numbered(10).slice(0, 4), 6]);
      await client.create(kinds.configMaps, configMap('cm-04a'));
      await client.patch(kinds.configMaps, 'cm-05', { data: { changed: String(at) } });
      await client.delete(kinds.configMaps, 'cm-07');
      const rest: Loose[] = [];
      for (let token = first.metadata.continue; token !== undefined; ) {
        const page = await registries.at(at).list(kinds.configMaps, { namespace: 'default', limit: 4, continue: token });
        assert.equal(page.metadata.resourceVersion, first.metadata.resourceVersion);
        rest.push(...page.items);
        token = page.metadata.continue;
      }
      assert.deepEqual(
        rest.map((item) => item.metadata.name),
        numbered(10).slice(4),
      );
      assert.notEqual(rest.find((item) => item.metadata.name === 'cm-05').data?.changed, String(at));
      await client.delete(kinds.configMaps, 'cm-04a');
      await client.create(kinds.configMaps, configMap('cm-07'));
    });
  }

  test('pages of a selection are full, and end', async () => {
    const selected = { labelSelector: 'even=true', namespace: 'default', limit: 2 };
    const pages: string[][] = [];
    let token = '';
    do {
      const page = await client.list(kinds.configMaps, { ...selected, continue: token });
      pages.push(names(page));
      assert.equal(page.metadata.remainingItemCount, undefined);
      token = page.metadata.continue ?? '';
    } while (token !== '');
    assert.deepEqual(
      pages.filter((page) => page.length > 0),
      [['cm-00', 'cm-02'], ['cm-04', 'cm-06'], ['cm-08']],
    );
  });

  test('the past is read exactly; the future is awaited, then refused', async () => {
    const before = await client.list(kinds.configMaps, { namespace: 'default' });
    await client.delete(kinds.configMaps, 'cm-09');
    const past = { namespace: 'default', resourceVersion: before.metadata.resourceVersion, resourceVersionMatch: 'Exact' };
    assert.deepEqual(names(await client.list(kinds.configMaps, past)), names(before));
    const { metadata } = await client.create(kinds.configMaps, configMap('cm-09'));
    const recent = { namespace: 'default', resourceVersion: metadata.resourceVersion, resourceVersionMatch: 'NotOlderThan' };
    assert.ok(names(await registries.at(1).list(kinds.configMaps, recent)).includes('cm-09'));
    const future = { resourceVersion: '999999', resourceVersionMatch: 'Exact' };
    assert.match(
      await failure(client.list(kinds.configMaps, future)),
      /^504 Timeout: Timeout: Too large resource version: 999999, current: \d+$/,
    );
  });

  test('contradictory options are refused', async () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [
        { resourceVersionMatch: 'Exact' },
        /^422 Invalid: .*resourceVersionMatch is forbidden unless resourceVersion is provided$/,
      ],
      [
        { resourceVersionMatch: 'Exact', resourceVersion: '0' },
        /resourceVersionMatch "exact" is forbidden for resourceVersion "0"$/,
      ],
      [{ resourceVersionMatch: 'Newest', resourceVersion: '5' }, /resourceVersionMatch: Unsupported value: "Newest"/],
      [
        { continue: continueToken('/p/', '/p/a', 3), resourceVersion: '5' },
        /^400 BadRequest: specifying resource version is not allowed when using continue$/,
      ],
      [{ continue: 'x' }, /^400 BadRequest: invalid continue token: continue key is not valid: /],
      [
        { continue: 'x', resourceVersionMatch: 'Older' },
        /^422 Invalid: ListOptions\.meta\.k8s\.io "" is invalid: \[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided, resourceVersionMatch: Unsupported value: "Older": supported values: "Exact", "NotOlderThan", ""\]$/,
      ],
      [{ sendInitialEvents: true }, /^422 Invalid: .*sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list$/],
      [
        { resourceVersion: '99999999999999999999' },
        /^400 BadRequest: invalid resource version: resourceVersion: Invalid value: "9+": strconv\.ParseUint: parsing "9+": value out of range$/,
      ],
    ];
    for (const [request, expected] of cases) assert.match(await failure(client.list(kinds.configMaps, request)), expected);
  });

  test('a page from before a compaction is expired; its token goes on with what is current', async () => {
    const { metadata } = await client.list(kinds.configMaps, { limit: 2 });
    await client.create(kinds.configMaps, configMap('zz'));
    const { metadata: written } = await client.create(kinds.configMaps, configMap('zzz'));
    await registries.store.compact(Number(written.resourceVersion));
    const expired: unknown = await client
      .list(kinds.configMaps, { limit: 2, continue: metadata.continue })
      .catch((error: unknown) => error);
    assert.ok(expired instanceof StatusError);
    assert.equal(expired.code, 410);
    assert.match(expired.message, /^The provided continue parameter is too old .*now may show up in the list\.$/);
    const token = expired.status.metadata?.continue ?? '';
    const rest = await client.list(kinds.configMaps, { continue: token });
    const all = await client.list(kinds.configMaps);
    assert.deepEqual(names(rest), names(all).slice(2));
    assert.equal(names(rest).includes('zzz'), true);
  });
});

test('many objects: caches are filled and the past is read page by page', async () => {
  const registries = new Registries(1);
  const client = registries.at();
  const count = 2 * rangePageObjectsMax + 5;
  for (let i = 0; i < count; i++) {
    const value = `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"m-${i}","namespace":"default","labels":{"third":"${i % 3 === 0}"}}}`;
    await registries.store.put({ key: Buffer.from(`/registry/configmaps/default/m-${i}`), value: Buffer.from(value) });
  }
  const all = await client.list(kinds.configMaps);
  assert.equal(all.items.length, count);
  const exact = { resourceVersion: all.metadata.resourceVersion, resourceVersionMatch: 'Exact' };
  assert.deepEqual(await client.list(kinds.configMaps, exact), all);
  const first = await client.list(kinds.configMaps, { ...exact, limit: count - 3 });
  const rest = await client.list(kinds.configMaps, { continue: first.metadata.continue });
  assert.deepEqual([...names(first), ...names(rest)], names(all));
  assert.equal(first.metadata.remainingItemCount, 3);
  const selected = await client.list(kinds.configMaps, { ...exact, labelSelector: 'third=true' });
  assert.equal(selected.items.length, Math.ceil(count / 3));
  await registries.close();
});

describe('several API servers', () => {
  const registries = new Registries(3);
  before(() => registries.at().namespace());
  after(() => registries.close());

  test('what was written through one is read through every other', async () => {
    for (let i = 0; i < 3; i++) await registries.at(i).list(kinds.configMaps);
    for (let i = 0; i < 60; i++) {
      const name = `ryw-${i}`;
      const written = await registries.at(i % 3).create(kinds.configMaps, configMap(name));
      const read = registries.at((i + 1) % 3);
      assert.deepEqual(await read.get(kinds.configMaps, name), written);
      assert.ok(names(await registries.at((i + 2) % 3).list(kinds.configMaps)).includes(name));
    }
  });

  test('a cache hears of revisions that other resources took', async () => {
    const { metadata } = await registries.at(0).list(kinds.secrets);
    await registries.at(1).create(kinds.configMaps, configMap('unrelated'));
    const list = await registries.at(0).list(kinds.secrets);
    assert.ok(Number(list.metadata.resourceVersion) > Number(metadata.resourceVersion));
  });

  test('concurrent patches all take effect; concurrent updates with one resourceVersion do so once', async () => {
    const start = await registries.at().create(kinds.configMaps, configMap('counter'));
    const patches = Array.from({ length: 12 }, (_, i) =>
      registries.at(i % 3).patch(kinds.configMaps, 'counter', { data: { [`k${i}`]: 'x' } }),
    );
    await Promise.all(patches);
    const now = await registries.at().get(kinds.configMaps, 'counter');
    assert.equal(Object.keys(now.data).length, 12);
    assert.notEqual(now.metadata.resourceVersion, start.metadata.resourceVersion);
    const updates = await Promise.allSettled(
      [0, 1, 2].map((i) => registries.at(i).update(kinds.configMaps, { ...now, data: { winner: String(i) } })),
    );
    assert.equal(updates.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  test('an object deleted and made anew is not taken for the old one', async () => {
    const old = await registries.at(0).create(kinds.pods, pod('phoenix'));
    await registries.at(1).delete(kinds.pods, 'phoenix');
    await registries.at(2).create(kinds.pods, pod('phoenix'));
    assert.match(
      await failure(registries.at(0).delete(kinds.pods, 'phoenix', { preconditions: { uid: old.metadata.uid } })),
      /^409/,
    );
    assert.match(await failure(registries.at(0).update(kinds.pods, old)), /^409 Conflict: .*UID in precondition/);
  });
});
