import { silentLogger } from '@flotilla/base';
import { type Command, encodeCommand } from '@flotilla/mvcc';
import { systemClock, systemRandom } from '@flotilla/process';
import type { KvOperation, KvOutcome, WatchRecord, WatchResponseRecord } from '@flotilla/sim';
import { isStoreError, type KeyValueStore, openNative, type WatchStream } from '@flotilla/store-client';
import { eventually } from './eventually.js';

const clientCount = 8;
const watcherCount = 3;
const keys = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => Buffer.from(name));
/** Written along with deletes, whose events carry no value that tells who made them. */
const markerKey = Buffer.from('marker');
/** All that the recorder writes. */
const everything = { key: Buffer.from('a'), rangeEnd: Buffer.from('z') };
/** Keeps the history short enough to be checked in seconds. */
const pauseMs = 2;

/**
 * Concurrent clients that write and read a few keys through all members, and remember each call with its times and what came
 * of it; and watchers that remember what they were told. Every write carries a value that no other has, so that the store's
 * history tells which call made each revision.
 */
export class StoreRecorder {
  readonly operations: KvOperation[] = [];
  readonly watches: WatchRecord[] = [];
  /** Of each written value, the command that carried it. */
  readonly commands = new Map<string, Uint8Array>();
  readonly #endpoints: readonly string[];
  readonly #stores: KeyValueStore[] = [];
  readonly #streams: WatchStream[] = [];
  #clients: Promise<void>[] = [];
  #stopped = false;
  #acknowledged = 0;

  private constructor(endpoints: readonly string[]) {
    this.#endpoints = endpoints;
  }

  /** Returns when all watches stand. */
  static async start(endpoints: readonly string[]): Promise<StoreRecorder> {
    const recorder = new StoreRecorder(endpoints);
    for (let i = 0; i < watcherCount; i++) await recorder.#watch(`watcher-${i}`);
    recorder.#clients = Array.from({ length: clientCount }, (_, i) => recorder.#client(`client-${i}`));
    return recorder;
  }

  /** Waits until so many more writes have been acknowledged. */
  async progress(writes = 25): Promise<void> {
    const goal = this.#acknowledged + writes;
    await eventually(`${writes} writes are acknowledged`, () => {
      if (this.#acknowledged < goal) throw new Error(`${goal - this.#acknowledged} are missing`);
    });
  }

  /** Ends the clients, each after its call under way, and the watches, once they have seen all of it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    const { revision } = await this.#open().range({ key: markerKey });
    await eventually(`all watches have come to revision ${revision}`, () => {
      for (const { client, sessions } of this.watches) {
        const seen = sessions[0]?.responses.at(-1)?.revision ?? 0;
        if (seen < revision) throw new Error(`${client} is at ${seen}`);
      }
    });
    await this.close();
  }

  async close(): Promise<void> {
    this.#stopped = true;
    for (const stream of this.#streams) stream.cancel();
    await Promise.all(this.#stores.map((store) => store.close()));
  }

  #open(): KeyValueStore {
    const store = openNative({ endpoints: this.#endpoints, clock: systemClock, random: systemRandom, log: silentLogger });
    this.#stores.push(store);
    return store;
  }

  async #watch(client: string): Promise<void> {
    const stream = this.#open().watch({ ...everything, prevKv: true });
    this.#streams.push(stream);
    const responses: WatchResponseRecord[] = [];
    const startRevision = (await stream.created) + 1;
    this.watches.push({ client, ...everything, prevKv: true, sessions: [{ member: 'all', startRevision, responses }] });
    void (async () => {
      for await (const { revision, events } of stream) responses.push({ revision, events });
    })();
  }

  async #client(client: string): Promise<void> {
    const store = this.#open();
    const operate = new Client(client, store, this);
    while (!this.#stopped) {
      const operation = await operate.next();
      this.operations.push(operation);
      if ('command' in operation.request && typeof operation.outcome === 'object') this.#acknowledged++;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** One client: a call at a time. */
class Client {
  readonly #name: string;
  readonly #store: KeyValueStore;
  readonly #commands: Map<string, Uint8Array>;
  /** Of each key, as this client last heard of it. */
  readonly #modRevisions = new Map<Buffer, number>();
  #calls = 0;

  constructor(name: string, store: KeyValueStore, { commands }: Pick<StoreRecorder, 'commands'>) {
    this.#name = name;
    this.#store = store;
    this.#commands = commands;
  }

  next(): Promise<KvOperation> {
    const key = keys[Math.floor(Math.random() * keys.length)]!;
    const kind = Math.random();
    if (kind < 0.3) return this.#put(key);
    if (kind < 0.6) return this.#compareAndSwap(key);
    if (kind < 0.7) return this.#delete(key);
    return this.#range(key, kind > 0.95);
  }

  #put(key: Buffer): Promise<KvOperation> {
    const put = { key, value: this.#uniqueValue(), prevKv: true };
    return this.#write({ put }, put.value, async () => ({ put: await this.#store.put(put) }));
  }

  #compareAndSwap(key: Buffer): Promise<KvOperation> {
    const value = this.#uniqueValue();
    const txn = {
      compare: [{ key, target: { modRevision: this.#modRevisions.get(key) ?? 0 }, result: 'equal' as const }],
      success: [{ put: { key, value } }],
      failure: [{ range: { key } }],
    };
    return this.#write({ txn }, value, async () => {
      const response = await this.#store.txn(txn);
      const [read] = response.responses;
      if (response.succeeded) this.#modRevisions.set(key, response.revision);
      else if (read !== undefined && 'range' in read) this.#modRevisions.set(key, read.range.kvs[0]?.modRevision ?? 0);
      return { txn: response };
    });
  }

  #delete(key: Buffer): Promise<KvOperation> {
    const value = this.#uniqueValue();
    const success = [{ deleteRange: { key, prevKv: true } }, { put: { key: markerKey, value } }];
    const txn = { compare: [], success, failure: [] };
    return this.#write({ txn }, value, async () => ({ txn: await this.#store.txn(txn) }));
  }

  #range(key: Buffer, serializable: boolean): Promise<KvOperation> {
    const range = { key, rangeEnd: Buffer.from('d'), serializable };
    return this.#call({ range }, async () => {
      const response = await this.#store.range(range);
      for (const kv of response.kvs) {
        const known = keys.find((each) => each.equals(kv.key));
        if (known !== undefined) this.#modRevisions.set(known, kv.modRevision);
      }
      return { range: response };
    });
  }

  #write(command: Command, value: Buffer, call: () => Promise<AnsweredOutcome['response']>): Promise<KvOperation> {
    const encoded = encodeCommand(command);
    this.#commands.set(value.toString(), encoded);
    return this.#call({ command: encoded }, call);
  }

  async #call(request: KvOperation['request'], call: () => Promise<AnsweredOutcome['response']>): Promise<KvOperation> {
    const calledMs = performance.now();
    let outcome: KvOutcome;
    try {
      outcome = { response: await call() };
    } catch (error) {
      if (!isStoreError(error)) throw error;
      const notExecuted = error.code === 'unavailable' || error.code === 'too-many-requests';
      outcome = notExecuted ? 'refused' : error.code === 'unknown-outcome' ? 'unknown' : { error: error.code };
    }
    const returnedMs = outcome === 'unknown' ? Number.POSITIVE_INFINITY : performance.now();
    return { client: this.#name, request, calledMs, returnedMs, outcome };
  }

  #uniqueValue(): Buffer {
    return Buffer.from(`${this.#name}-${++this.#calls}`);
  }
}

type AnsweredOutcome = Extract<KvOutcome, { readonly response: unknown }>;
