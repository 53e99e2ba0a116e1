import assert from 'node:assert/strict';
import test from 'node:test';
import { pick, type Random, randomInt, seededRandom } from '@flotilla/base';
import { serveForTest } from '../serve-for-test.test.js';
import { etcdFound, startEtcd } from '../start-etcd.test.js';
import { type DuplexTestStream, GrpcClient, type Message } from './grpc-client.test.js';

/*
 * The same history and the same watches, made up by chance, in a real etcd and in our store: each watch has to get the
 * same events in the same order, or the same end. How they are cut into messages is each one's own business.
 */

const seed = Number(process.env['SEED'] ?? 1);
const bytes = (text: string) => Buffer.from(text, 'latin1');
const keys = ['a', 'ab', 'b', 'b\xff', 'c/1', 'c/2', 'd'];
const ends = ['', '', '\0', 'a', 'b', 'c', 'c0', 'zz'];

test(`watches tell what etcd’s tell, seed ${seed}`, { timeout: 60_000, skip: etcdFound ? false : 'no etcd' }, async () => {
  const etcd = await startEtcd();
  const ours = await serveForTest();
  const stores = [new Watched(new URL(etcd.url).host), new Watched(`127.0.0.1:${ours.port}`)];
  const [theirs, own] = stores as [Watched, Watched];
  try {
    const random = seededRandom(seed);
    const write = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const [method, request] = someWrite(random);
        await Promise.all(stores.map((store) => store.client.call(`etcdserverpb.KV/${method}`, request)));
      }
    };
    await write(60);
    const revision = await theirs.revision();
    const compact = { revision: revision - 25, physical: true };
    for (const store of stores) await store.client.call('etcdserverpb.KV/Compact', compact);
    const watches = Array.from({ length: 40 }, (_, i) => someWatch(random, i + 1, revision));
    for (const watch of watches) {
      for (const store of stores) store.stream.send({ create_request: watch });
      await write(3);
    }
    await Promise.all(stores.map((store) => store.mark()));
    const last = await theirs.revision();
    await Promise.all(stores.map((store) => store.untilDone(watches, last)));
    assert.deepEqual(Object.fromEntries(own.told), Object.fromEntries(theirs.told));
    const events = [...theirs.told.values()].flat().length;
    assert.ok(events > 300, `${events} events`);
  } finally {
    for (const store of stores) store.close();
    await ours.close();
    await etcd.stop();
  }
});

interface Event {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: Pair;
  readonly prev_kv: Pair | null;
}

interface Pair {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly create_revision: string;
  readonly mod_revision: string;
  readonly version: string;
}

/** One store, its client, and what each watch was told. */
class Watched {
  readonly client: GrpcClient;
  readonly stream: DuplexTestStream;
  readonly told = new Map<string, string[]>();
  readonly #last = new Map<string, number>();
  /** Watches that were refused, or have ended. */
  #ended = 0;

  constructor(address: string) {
    this.client = new GrpcClient(address);
    this.stream = this.client.stream('etcdserverpb.Watch/Watch');
  }

  async revision(): Promise<number> {
    const { header } = await this.client.call('etcdserverpb.KV/Range', { key: bytes('a'), count_only: true });
    return Number((header as Message)['revision']);
  }

  /** Puts every key and then deletes them all: the last event of a watch is one of those, whatever it filters. */
  async mark(): Promise<void> {
    const put = keys.map((key) => ({ request_put: { key: bytes(key), value: bytes('the last') } }));
    await this.client.call('etcdserverpb.KV/Txn', { success: put });
    await this.client.call('etcdserverpb.KV/DeleteRange', { key: bytes('\0'), range_end: bytes('\0') });
  }

  /** Reads until every watch has been told all there is. */
  async untilDone(watches: readonly Message[], revision: number): Promise<void> {
    const wanted = (id: string) => (filtersOf(watches[Number(id) - 1]).includes('NODELETE') ? revision - 1 : revision);
    const done = () => [...this.#last].filter(([id, revision]) => revision === wanted(id)).length;
    while (done() + this.#ended < watches.length) this.#take(await this.stream.next());
  }

  #take(message: Message): void {
    const id = String(message['watch_id']);
    const told = this.told.get(id) ?? [];
    this.told.set(id, told);
    if (message['created'] === true) told.push(`created ${message['canceled']} ${message['cancel_reason']}`);
    else if (message['canceled'] === true) told.push(`ended, compacted up to ${message['compact_revision']}`);
    if (message['canceled'] === true) this.#ended++;
    for (const event of message['events'] as Event[]) {
      told.push(describe(event));
      this.#last.set(id, Number(event.kv.mod_revision));
    }
  }

  close(): void {
    this.stream.cancel();
    this.client.close();
  }
}

const filtersOf = (request: Message | undefined) => request?.['filters'] as string[];

function describe({ type, kv, prev_kv }: Event): string {
  const pair = ({ key, value, create_revision, mod_revision, version }: Pair) =>
    `${key.toString('latin1')}=${value} (${create_revision}, ${mod_revision}, ${version})`;
  return `${type} ${pair(kv)}${prev_kv === null ? '' : ` was ${pair(prev_kv)}`}`;
}

function someWatch(random: Random, id: number, revision: number): Message {
  const start = randomInt(random, 0, 4) === 0 ? 0 : randomInt(random, revision - 35, revision + 40);
  return {
    watch_id: id,
    key: bytes(pick(random, keys)),
    range_end: bytes(pick(random, ends)),
    start_revision: start,
    prev_kv: randomInt(random, 0, 2) === 0,
    fragment: randomInt(random, 0, 2) === 0,
    filters: pick(random, [[], [], ['NOPUT'], ['NODELETE']]),
  };
}

function someWrite(random: Random): [method: string, request: Message] {
  const key = () => bytes(pick(random, keys));
  const put = () => ({ key: key(), value: bytes(String(randomInt(random, 0, 100))) });
  const kind = randomInt(random, 0, 5);
  if (kind < 3) return ['Put', put()];
  const deletion = { key: key(), range_end: bytes(pick(random, ends)) };
  if (kind === 3) return ['DeleteRange', deletion];
  const nested = (op: Message) => ({ request_txn: { success: [op] } });
  return ['Txn', { success: [nested({ request_put: put() }), nested({ request_delete_range: { key: key() } })] }];
}
