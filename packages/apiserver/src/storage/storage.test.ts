import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@flotilla/base';
import type { KeyValueStore } from '@flotilla/store-client';
import { objectIndexesMax, recentWritesMax } from '../limits.js';
import { continueToken, parseContinue } from '../registry/continue-token.js';
import { failure } from '../testing/registries.js';
import { CacheEvent } from './cache-event.js';
import { CurrentRevision } from './current-revision.js';
import { EventWindow } from './event-window.js';
import { Keys } from './keys.js';
import { RecentWrites } from './recent-writes.js';
import { SortedObjects } from './sorted-objects.js';
import { StoredObject, storable } from './stored-object.js';

const object = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', resourceVersion: '3' },
  data: { 'é"metadata":{': '\u2028' },
};
const stored = (key: string, revision = 7) => new StoredObject(key, storable(object).bytes, revision);

test('a stored object bears the revision of its write, and is otherwise what was stored', () => {
  const seven = stored('k');
  assert.deepEqual(JSON.parse(seven.bytes.toString()), { ...object, metadata: { name: 'a', resourceVersion: '7' } });
  assert.deepEqual(seven.object, JSON.parse(seven.bytes.toString()));
  assert.ok(seven.holds(storable(object).bytes));
  assert.ok(!seven.holds(storable({ ...object, kind: 'Qod' }).bytes));
  assert.ok(!seven.holds(Buffer.from('{}')));
  assert.equal(seven.at(123_456).object.metadata.resourceVersion, '123456');
});

test('keys are those of Kubernetes', () => {
  const keys = new Keys('/registry/');
  const services = { storagePath: 'services/specs', namespaced: true } as never;
  const nodes = { storagePath: 'minions', namespaced: false } as never;
  assert.equal(keys.object(services, 'default', 'web'), '/registry/services/specs/default/web');
  assert.equal(keys.collection(services, undefined), '/registry/services/specs/');
  assert.equal(keys.object(nodes, undefined, 'node-1'), '/registry/minions/node-1');
});

describe('sorted objects', () => {
  const parity = (object: StoredObject) => (object.modRevision % 2 === 0 ? 'even' : undefined);

  test('behave as a sorted map, as texts and through an index too', () => {
    const random = seededRandom(1);
    const objects = new SortedObjects();
    const model = new Map<string, StoredObject>();
    const check = () => {
      for (const prefix of ['/', '/0/', '/1/', '/2/', '/3/', '/1/2']) {
        const expected = [...model.keys()].filter((key) => key.startsWith(prefix)).sort();
        assert.deepEqual(
          [...objects.withPrefix(prefix)].map(({ key }) => key),
          expected,
        );
        const texts = objects.textsWithPrefix(prefix).map(String).join(',');
        assert.equal(texts, expected.map((key) => String(model.get(key)!.bytes)).join(','));
      }
      const even = [...model.values()].filter(({ modRevision }) => modRevision % 2 === 0).map(({ key }) => key);
      assert.deepEqual(
        objects.withIndexed('parity', parity, 'even').map(({ key }) => key),
        even.sort(),
      );
    };
    for (let i = 0; i < 6_000; i++) {
      const key = `/${Math.floor(random.next() * 3)}/${Math.floor(random.next() * 400)}`;
      if (random.next() < 0.7) {
        const value = stored(key, i + 1);
        objects.set(value);
        model.set(key, value);
      } else {
        objects.delete(key);
        model.delete(key);
      }
      if (i % 500 === 0) check();
    }
    check();
    assert.equal(objects.size, model.size);
  });

  test('texts that a list has taken stay as they were', () => {
    const objects = new SortedObjects();
    for (let i = 0; i < 300; i++) objects.set(stored(`/a/${i}`, i + 1));
    const taken = objects.textsWithPrefix('/a/');
    assert.ok(taken.length < 10, 'many objects share a text');
    const before = taken.map(String);
    for (let i = 0; i < 300; i++) objects.set(stored(`/a/${i}`, i + 1_000));
    for (let i = 0; i < 300; i += 2) objects.delete(`/a/${i}`);
    objects.textsWithPrefix('/a/');
    assert.deepEqual(taken.map(String), before);
  });

  test('indexes beyond the limit are made anew when they are asked for', () => {
    const objects = new SortedObjects();
    objects.set(stored('/a', 2));
    for (let i = 0; i < objectIndexesMax + 2; i++) {
      assert.equal(objects.withIndexed(`index ${i}`, parity, 'even').length, 1);
    }
    objects.set(stored('/b', 4));
    assert.equal(objects.withIndexed('index 0', parity, 'even').length, 2);
  });
});

test('recent writes give the cache and the writer one object, whoever is first, and nothing but what was written', () => {
  const recent = new RecentWrites();
  const [one, other] = [storable(object), storable({ ...object, kind: 'Other' })];
  const early = recent.add('/a', one);
  assert.equal(recent.take('/a', other.bytes, 4), undefined, 'an event of before the write');
  const taken = recent.take('/a', one.bytes, 5);
  assert.equal(taken, early.at(5));
  assert.deepEqual(JSON.parse(taken?.bytes.toString() ?? ''), taken?.object);
  assert.equal(recent.take('/a', one.bytes, 5), undefined, 'once');
  const late = recent.add('/b', one);
  assert.equal(late.at(6), recent.take('/b', one.bytes, 6));
  recent.forget(recent.add('/b', other));
  assert.equal(recent.take('/b', other.bytes, 7), undefined, 'it was refused');
  for (let i = 0; i <= recentWritesMax; i++) recent.add(`/c/${i}`, one);
  assert.equal(recent.take('/c/0', one.bytes, 10), undefined, 'the oldest goes first');
  assert.notEqual(recent.take('/c/1', one.bytes, 11), undefined);
});

test('what was written is the same as what is read back', () => {
  const content = storable(object);
  const written = new StoredObject('k', content.bytes, 9, content.object);
  assert.deepEqual(written.object, new StoredObject('k', content.bytes, 9).object);
});

test('a window gives every event after a revision, or says that it cannot', () => {
  const window = new EventWindow(4, 10);
  for (let revision = 11; revision <= 30; revision++)
    window.push(new CacheEvent(revision, 'k', stored('k', revision), undefined));
  assert.ok(window.floor > 10 && window.floor <= 26);
  for (let after = 0; after <= 31; after++) {
    const events = window.after(after)?.map(({ revision }) => revision);
    const expected = Array.from({ length: Math.max(0, 30 - after) }, (_, i) => after + 1 + i);
    assert.deepEqual(events, after < window.floor ? undefined : expected);
  }
});

describe('continue tokens', () => {
  test('name the next key and the state', () => {
    const token = continueToken('/registry/pods/', '/registry/pods/default/a\0', 42);
    assert.deepEqual(parseContinue('/registry/pods/', token), { revision: 42, startKey: '/registry/pods/default/a\0' });
    const current = continueToken('/registry/pods/', '/registry/pods/default/a\0', undefined);
    assert.equal(parseContinue('/registry/pods/', current).revision, undefined);
  });

  test('of others are refused', async () => {
    const of = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const bad = ['', '!!', of(5), of({ v: 'v2', rv: 1, start: 'a' }), of({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' })];
    bad.push(of({ v: 'meta.k8s.io/v1', rv: 1, start: '' }), of({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets/x' }));
    for (const token of bad) {
      assert.match(
        await failure(Promise.resolve().then(() => parseContinue('/p/', token))),
        /^400 BadRequest: invalid continue token: continue key is not valid: /,
      );
    }
  });
});

test('reads share a question about the current revision, but never one that was sent before them', async () => {
  const answers: ((revision: number) => void)[] = [];
  const store = {
    range: () => new Promise((resolve) => answers.push((revision) => resolve({ revision, kvs: [], more: false, count: 0 }))),
  } as unknown as KeyValueStore;
  const current = new CurrentRevision(store, '/registry');
  const first = current.read();
  const second = current.read();
  const third = current.read();
  assert.equal(answers.length, 1);
  answers[0]?.(5);
  assert.equal(await first, 5);
  await new Promise(setImmediate);
  assert.equal(answers.length, 2);
  answers[1]?.(9);
  assert.deepEqual(await Promise.all([second, third]), [9, 9]);
});
