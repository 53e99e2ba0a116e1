import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ConfigError, ManualClock, seededRandom, silentLogger } from '@flotilla/base';
import { type KeyValueStore, openLocal, StoreError } from '@flotilla/store-client';
import { waitForStore } from './store-connection.js';

const endpoints = ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'];

/** A store that cannot be reached until `failures` attempts were made. */
function unreachable(failures: number, clock: ManualClock): KeyValueStore {
  const local = openLocal({ clock, random: seededRandom(1) });
  let attempts = 0;
  const range: KeyValueStore['range'] = (request) => {
    if (++attempts > failures) return local.range(request);
    return Promise.reject(new StoreError('unavailable', 'etcdserver: no member reachable: connect ECONNREFUSED'));
  };
  return Object.assign(Object.create(local) as KeyValueStore, { range }); // all else is the local store's
}

async function outcome(store: KeyValueStore, clock: ManualClock): Promise<unknown> {
  let settled: { readonly value: unknown } | undefined;
  waitForStore(store, endpoints, { clock, log: silentLogger, signal: new AbortController().signal }).then(
    () => (settled = { value: undefined }),
    (error: unknown) => (settled = { value: error }),
  );
  while (settled === undefined) {
    await setImmediate();
    clock.advance(100);
  }
  return settled.value;
}

test('a store that stays unreachable for a minute ends the start with one line that names it and says why', async () => {
  const clock = new ManualClock();
  const error = await outcome(unreachable(Number.POSITIVE_INFINITY, clock), clock);
  assert.ok(error instanceof ConfigError);
  assert.equal(
    error.message,
    'the store at https://10.0.0.1:2379, https://10.0.0.2:2379 (--etcd-servers) cannot be reached: etcdserver: no member reachable: connect ECONNREFUSED',
  );
  assert.ok(clock.monotonicMs() >= 60_000 && clock.monotonicMs() < 65_000, `${clock.monotonicMs()} ms`);
});

test('a store that comes late is waited for', async () => {
  const clock = new ManualClock();
  assert.equal(await outcome(unreachable(5, clock), clock), undefined);
  assert.ok(clock.monotonicMs() < 60_000);
});
