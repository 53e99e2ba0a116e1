import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@flotilla/base';
import type { KeyValueStore } from '@flotilla/store-client';
import { continueToken, parseContinue } from '../registry/continue-token.js';
import { failure } from '../testing/registries.js';
import { CacheEvent } from './cache-event.js';
import { CurrentRevision } from './current-revision.js';
import { EventWindow } from './event-window.js';
import { Keys } from './keys.js';
import { SortedObjects } from './sorted-objects.js';
import { encodeObject, StoredObject } from './stored-object.js';

const object = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', resourceVersion: '3' },
  data: { 'é"metadata":{': '\u2028' },
};
const stored = (key: string, revision = 7) => new StoredObject(key, encodeObject(object), revision);

test('a stored object bears the revision of its write, and is otherwise what was stored', () => {
  const seven = stored('k');
  assert.deepEqual(JSON.parse(seven.bytes.toString()), { ...object, metadata: { name: 'a', resourceVersion: '7' } });
  assert.deepEqual(seven.object, JSON.parse(seven.bytes.toString()));
  assert.deepEqual(seven.stored, Buffer.from(encodeObject(object)));
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

test('sorted objects behave as a sorted map', () => {
  const random = seededRandom(1);
  const objects = new SortedObjects();
  const model = new Map<string, StoredObject>();
  for (let i = 0; i < 2_000; i++) {
    const key = `/${Math.floor(random.next() * 3)}/${Math.floor(random.next() * 60)}`;
    if (random.next() < 0.6) {
      const value = stored(key, i + 1);
      objects.set(value);
      model.set(key, value);
    } else {
      objects.delete(key);
      model.delete(key);
    }
  }
  for (const prefix of ['/', '/0/', '/1/', '/2/', '/3/']) {
    const expected = [...model.keys()].filter((key) => key.startsWith(prefix)).sort();
    assert.deepEqual(
      [...objects.withPrefix(prefix)].map(({ key }) => key),
      expected,
    );
  }
  assert.equal(objects.size, model.size);
  for (const [key, value] of model) assert.equal(objects.get(key), value);
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
    const token = continueToken('/registry/pods/', '/registry/pods/default/a', 42);
    assert.deepEqual(parseContinue('/registry/pods/', token), { revision: 42, startKey: '/registry/pods/default/a\0' });
  });

  test('of others are refused', async () => {
    const of = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const bad = ['', '!!', of(5), of({ v: 'v2', rv: 1, start: 'a' }), of({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' })];
    bad.push(of({ v: 'meta.k8s.io/v1', rv: 1, start: '' }), of({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets/x' }));
    for (const token of bad) {
      assert.match(
        await failure(Promise.resolve().then(() => parseContinue('/p/', token))),
        /^400 BadRequest: continue key is not valid: /,
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
