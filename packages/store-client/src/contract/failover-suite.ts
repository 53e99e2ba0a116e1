import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KeyValueStore } from '../key-value-store.js';
import { Relay } from './relay.js';
import { bytes, checkTimeoutMs, consecutive, take, takeRevisions, text } from './support.js';

/** Members that serve one and the same store, empty at first. */
export interface OpenedCluster {
  /** URLs of its members; one is enough, several are better. */
  readonly endpoints: readonly string[];
  close(): Promise<void>;
}

interface Scene {
  /** The client under test. It reaches each member over a relay. */
  readonly kv: KeyValueStore;
  /** A client that nothing happens to. */
  readonly witness: KeyValueStore;
  readonly relays: readonly Relay[];
}

/**
 * What every driver of a remote store has to do when its connections break.
 * @param connect opens the driver under test
 */
export function failoverSuite(
  driver: string,
  open: () => Promise<OpenedCluster>,
  connect: (endpoints: readonly string[]) => KeyValueStore,
): void {
  const check: Stage = (name, body) => {
    test(name, { timeout: checkTimeoutMs }, async () => {
      const cluster = await open();
      const relays = await Promise.all(cluster.endpoints.map((endpoint) => Relay.start(endpoint)));
      const witness = connect(cluster.endpoints);
      const kv = connect(relays.map(({ url }) => url));
      try {
        await body({ kv, witness, relays });
      } finally {
        await kv.close();
        await witness.close();
        await Promise.all(relays.map((relay) => relay.close()));
        await cluster.close();
      }
    });
  };
  describe(`${driver} survives the loss of connections`, () => {
    brokenWatches(check);
    brokenRequests(check);
  });
}

type Stage = (name: string, body: (scene: Scene) => Promise<void>) => void;

const key = bytes('a');
const value = bytes('1');
const down = (relays: readonly Relay[]) => {
  for (const relay of relays) relay.down();
};
const up = (relays: readonly Relay[]) => {
  for (const relay of relays) relay.up();
};

function brokenWatches(check: Stage): void {
  check('a watch moves on with no gap and no duplicate, however often its connection breaks', async ({ kv, witness, relays }) => {
    const watch = kv.watch({ key });
    const first = (await watch.created) + 1;
    const count = 300;
    const revisions = takeRevisions(watch, count);
    for (let i = 0; i < count; i++) {
      await witness.put({ key, value: bytes(String(i)) });
      if (i % 60 !== 30) continue;
      const used = relays.filter(({ connections }) => connections > 0);
      down(used);
      up(used);
    }
    assert.deepEqual(await revisions, consecutive(first, count));
    assert.equal((await kv.range({ key })).kvs[0]?.version, count);
  });
  check('a watch resumes after all members were away', async ({ kv, witness, relays }) => {
    const watch = kv.watch({ key });
    const first = (await watch.created) + 1;
    await witness.put({ key, value });
    await take(watch, 1);
    down(relays);
    for (let i = 0; i < 20; i++) await witness.put({ key, value });
    up(relays);
    await witness.put({ key, value });
    assert.deepEqual(await takeRevisions(watch, 21), consecutive(first + 1, 21));
  });
  check('what was compacted while a watch was cut off ends it', async ({ kv, witness, relays }) => {
    const watch = kv.watch({ key });
    await watch.created;
    down(relays);
    for (let i = 0; i < 5; i++) await witness.put({ key, value });
    const { revision } = await witness.put({ key, value });
    await witness.compact(revision);
    up(relays);
    await assert.rejects(take(watch, 1), { code: 'compacted', compactRevision: revision });
  });
  check('progress that was asked for while cut off is told later', async ({ kv, witness, relays }) => {
    const watch = kv.watch({ key });
    await watch.created;
    down(relays);
    const { revision } = await witness.put({ key: bytes('elsewhere'), value });
    watch.requestProgress();
    up(relays);
    const [mark] = await take(watch, 1);
    assert.deepEqual([mark?.events, mark?.revision], [[], revision]);
  });
}

function brokenRequests(check: Stage): void {
  check('a request that finds no member waits for one', async ({ kv, witness, relays }) => {
    down(relays);
    const write = kv.put({ key, value });
    const read = kv.range({ key: bytes('b'), countOnly: true });
    await witness.put({ key: bytes('b'), value });
    up(relays);
    assert.equal((await read).count, 1);
    await write;
    assert.equal((await witness.range({ key })).kvs[0]?.version, 1);
  });
  check('a write whose answer got lost ends as such, and is made once at most', async ({ kv, witness, relays }) => {
    await kv.put({ key, value: bytes('before') });
    const watch = witness.watch({ key });
    await watch.created;
    for (const relay of relays) relay.holdAnswers();
    const write = kv.put({ key, value: bytes('after') });
    write.catch(() => {}); // awaited below
    await take(watch, 1); // now it has been made
    down(relays);
    await assert.rejects(write, { code: 'unknown-outcome' });
    up(relays);
    const { kvs } = await kv.range({ key });
    assert.deepEqual([kvs[0]?.version, text(kvs[0]?.value ?? bytes(''))], [2, 'after']);
  });
  check('a read whose answer got lost is asked again', async ({ kv, relays }) => {
    await kv.put({ key, value });
    for (const relay of relays) relay.holdAnswers();
    const read = kv.range({ key });
    down(relays);
    up(relays);
    assert.equal((await read).count, 1);
  });
  check('aborting ends a request at once, whether it was sent or not', async ({ kv, relays }) => {
    await kv.range({ key });
    for (const relay of relays) relay.holdAnswers();
    const reason = new Error('not wanted any more');
    const abort = new AbortController();
    const sent = [kv.put({ key, value }, abort.signal), kv.range({ key }, abort.signal)];
    abort.abort(reason);
    for (const request of sent) await assert.rejects(request, reason);
    down(relays);
    const later = new AbortController();
    const waiting = [kv.put({ key, value }, later.signal), kv.range({ key }, later.signal)];
    later.abort(reason);
    for (const request of waiting) await assert.rejects(request, reason);
  });
}
