import type { KubernetesObject } from '@flotilla/api';
import { assert } from '@flotilla/base';
import { type Compare, type KeyValueStore, prefixEnd, type RequestOp, type TxnResponse } from '@flotilla/store-client';
import type { StaleValues } from './encryption/encrypted-store.js';
import { keyBytes, keyText } from './keys.js';
import type { LeasePool } from './lease-pool.js';
import type { RecentWrite, RecentWrites } from './recent-writes.js';
import { throughStore } from './store-failure.js';
import { type Storable, StoredObject } from './stored-object.js';

/** What has to become true in the same transaction as a write, such as the allocation of a Service's address. */
export interface Companion {
  readonly compare: readonly Compare[];
  readonly operations: readonly RequestOp[];
}

export const alone: Companion = { compare: [], operations: [] };

/**
 * `written`: done, with the object as stored, or as it was deleted, at the revision of the change.
 * `conflict`: nothing was done; `current` is what lies there now. When that is what the caller expected, the companion stood in the way.
 */
export type WriteResult =
  | { readonly written: StoredObject }
  | { readonly conflict: { readonly current: StoredObject | undefined } };

/** One object that is replaced together with others. */
export interface Change {
  readonly key: string;
  readonly content: Storable;
  /** The revision that the new content was made from. */
  readonly expected: number;
}

export interface Page {
  readonly objects: readonly StoredObject[];
  readonly revision: number;
  readonly more: boolean;
  /** Of all objects from the page's start on, whatever the limit. */
  readonly count: number;
}

/** Objects in the store: every write is one transaction that compares what the writer has seen. Failures come out as StatusErrors. */
export class ObjectStore {
  readonly #store: KeyValueStore;
  readonly #recent: RecentWrites;
  readonly #leases: ReadonlyMap<string, LeasePool>;
  readonly #stale: StaleValues | undefined;

  /**
   * @param leases for objects that vanish by themselves, by the prefix of their keys
   * @param stale of a store that encrypts
   */
  constructor(
    store: KeyValueStore,
    recent: RecentWrites,
    leases: ReadonlyMap<string, LeasePool> = new Map(),
    stale?: StaleValues,
  ) {
    this.#store = store;
    this.#recent = recent;
    this.#leases = leases;
    this.#stale = stale;
  }

  /** Whether the object should be written again even if nothing in it changes: it is encrypted with a key of the past. */
  isStale({ key, modRevision }: StoredObject): boolean {
    return this.#stale?.has(key, modRevision) ?? false;
  }

  /** The most recent state, read by quorum. */
  async get(key: string): Promise<StoredObject | undefined> {
    const { kvs } = await throughStore(this.#store.range({ key: keyBytes(key) }));
    const kv = kvs[0];
    return kv === undefined ? undefined : new StoredObject(key, kv.value, kv.modRevision);
  }

  /** @param revision 0: now. @throws StatusError Expired when the revision has been compacted */
  async page(prefix: string, start: string, limit: number, revision: number): Promise<Page> {
    const end = prefixEnd(keyBytes(prefix));
    const page = await throughStore(this.#store.range({ key: keyBytes(start), rangeEnd: end, limit, revision }));
    const objects = page.kvs.map((kv) => new StoredObject(keyText(kv.key), kv.value, kv.modRevision));
    return { objects, revision: page.revision, more: page.more, count: page.count };
  }

  create(key: string, content: Storable, companion: Companion = alone): Promise<WriteResult> {
    return this.#put(key, content, 0, companion);
  }

  /** @param expected the revision that the new content was made from */
  replace(key: string, content: Storable, expected: number, companion: Companion = alone): Promise<WriteResult> {
    return this.#put(key, content, expected, companion);
  }

  /** All or none. @returns the objects as written; undefined when one of them was not as expected */
  async replaceAll(changes: readonly Change[]): Promise<readonly KubernetesObject[] | undefined> {
    const txn = {
      compare: changes.map(
        ({ key, expected }) => ({ key: keyBytes(key), result: 'equal', target: { modRevision: expected } }) as const,
      ),
      success: changes.map(({ key, content }) => ({ put: { key: keyBytes(key), value: content.bytes } })),
      failure: [],
    };
    const writes = changes.map(({ key, content }) => this.#recent.add(key, content));
    const { succeeded, revision } = await this.#watched(writes, throughStore(this.#store.txn(txn)));
    return succeeded ? writes.map((write) => write.at(revision).object) : undefined;
  }

  async delete(object: StoredObject, companion: Companion = alone): Promise<WriteResult> {
    const operation = { deleteRange: { key: keyBytes(object.key) } };
    const answer = await this.#swap(object.key, object.modRevision, operation, companion);
    if (!answer.succeeded) return { conflict: { current: currentOf(object.key, answer) } };
    return { written: object.at(answer.revision) };
  }

  async #put(key: string, content: Storable, expected: number, companion: Companion): Promise<WriteResult> {
    const { bytes: value } = content;
    const put = (lease?: bigint) =>
      this.#swap(key, expected, { put: { key: keyBytes(key), value, ...(lease === undefined ? {} : { lease }) } }, companion);
    const write = this.#recent.add(key, content);
    const answer = await this.#watched([write], this.#leasesOf(key)?.use(put) ?? put());
    return answer.succeeded ? { written: write.at(answer.revision) } : { conflict: { current: currentOf(key, answer) } };
  }

  /** What was not written is not waited for. */
  async #watched(writes: readonly RecentWrite[], answering: Promise<TxnResponse>): Promise<TxnResponse> {
    let succeeded = false;
    try {
      const answer = await answering;
      succeeded = answer.succeeded;
      return answer;
    } finally {
      if (!succeeded) for (const write of writes) this.#recent.forget(write);
    }
  }

  #leasesOf(key: string): LeasePool | undefined {
    for (const [prefix, pool] of this.#leases) if (key.startsWith(prefix)) return pool;
    return undefined;
  }

  #swap(key: string, expected: number, operation: RequestOp, companion: Companion): Promise<TxnResponse> {
    const bytes = keyBytes(key);
    return throughStore(
      this.#store.txn({
        compare: [{ key: bytes, result: 'equal', target: { modRevision: expected } }, ...companion.compare],
        success: [operation, ...companion.operations],
        failure: [{ range: { key: bytes } }],
      }),
    );
  }
}

function currentOf(key: string, answer: TxnResponse): StoredObject | undefined {
  const response = answer.responses[0];
  assert(response !== undefined && 'range' in response, 'a refused transaction answers with the current state');
  const kv = response.range.kvs[0];
  return kv === undefined ? undefined : new StoredObject(key, kv.value, kv.modRevision);
}
