import { errorMessage } from '@flotilla/base';
import {
  type KeyValue,
  type KeyValueStore,
  type RangeResponse,
  type RequestOp,
  type ResponseOp,
  StoreError,
  type TxnRequest,
  type TxnResponse,
  type WatchRequest,
  type WatchResponse,
  type WatchStream,
} from '@flotilla/store-client';
import { keyText } from '../keys.js';
import type { Transformer } from './transformer.js';

/** Undefined: stored as it is. */
export type TransformerOfKey = (key: string) => Transformer | undefined;

/** The keys whose values were written with another key than today's, at the revision at which they were seen. */
export class StaleValues {
  readonly #revisions = new Map<string, number>();

  saw(key: string, modRevision: number, stale: boolean): void {
    if (stale) this.#revisions.set(key, modRevision);
    else this.#revisions.delete(key);
  }

  has(key: string, modRevision: number): boolean {
    return this.#revisions.get(key) === modRevision;
  }
}

/**
 * The same store, whose values are encrypted on their way in and decrypted on their way out: everybody else works with plain
 * ones. A value that cannot be read fails whatever reads it, instead of being taken for none.
 */
export function encryptedStore(store: KeyValueStore, transformerOf: TransformerOfKey, stale: StaleValues): KeyValueStore {
  const seal = (key: Uint8Array, value: Uint8Array) => transformerOf(keyText(key))?.toStorage(value, key) ?? value;

  function open(kv: KeyValue): KeyValue {
    const key = keyText(kv.key);
    const transformer = kv.value.length === 0 ? undefined : transformerOf(key);
    if (transformer === undefined) return kv;
    try {
      const decrypted = transformer.fromStorage(kv.value, kv.key);
      stale.saw(key, kv.modRevision, decrypted.stale);
      return { ...kv, value: decrypted.value };
    } catch (error) {
      throw new StoreError('unclassified', `unable to transform key ${JSON.stringify(key)}: ${errorMessage(error)}`);
    }
  }
  const openRange = (answer: RangeResponse) => ({ ...answer, kvs: answer.kvs.map(open) });
  const openPrevious = <T extends { readonly prevKv?: KeyValue }>(answer: T) =>
    answer.prevKv === undefined ? answer : { ...answer, prevKv: open(answer.prevKv) };

  function sealOperation(operation: RequestOp): RequestOp {
    if ('put' in operation) return { put: { ...operation.put, value: seal(operation.put.key, operation.put.value) } };
    return 'txn' in operation ? { txn: sealTxn(operation.txn) } : operation;
  }
  function sealTxn({ compare, success, failure }: TxnRequest): TxnRequest {
    return { compare, success: success.map(sealOperation), failure: failure.map(sealOperation) };
  }
  function openResponse(response: ResponseOp): ResponseOp {
    if ('range' in response) return { range: openRange(response.range) };
    if ('put' in response) return { put: openPrevious(response.put) };
    if ('txn' in response) return { txn: openTxn(response.txn) };
    return { deleteRange: { ...response.deleteRange, prevKvs: response.deleteRange.prevKvs.map(open) } };
  }
  function openTxn(answer: TxnResponse): TxnResponse {
    return { ...answer, responses: answer.responses.map(openResponse) };
  }

  return {
    range: async (request, signal) => openRange(await store.range(request, signal)),
    put: async (request, signal) =>
      openPrevious(await store.put({ ...request, value: seal(request.key, request.value) }, signal)),
    deleteRange: async (request, signal) => {
      const answer = await store.deleteRange(request, signal);
      return { ...answer, prevKvs: answer.prevKvs.map(open) };
    },
    txn: async (request, signal) => openTxn(await store.txn(sealTxn(request), signal)),
    compact: (revision, signal) => store.compact(revision, signal),
    watch: (request) => openedWatch(store, request, open),
    leaseGrant: (ttlSeconds, id) => store.leaseGrant(ttlSeconds, id),
    leaseRevoke: (id) => store.leaseRevoke(id),
    leaseKeepAlive: (id) => store.leaseKeepAlive(id),
    status: (signal) => store.status(signal),
    close: () => store.close(),
  };
}

function openedWatch(store: KeyValueStore, request: WatchRequest, open: (kv: KeyValue) => KeyValue): WatchStream {
  const stream = store.watch(request);
  return {
    created: stream.created,
    requestProgress: () => stream.requestProgress(),
    cancel: () => stream.cancel(),
    async *[Symbol.asyncIterator](): AsyncIterator<WatchResponse> {
      for await (const response of stream) {
        const events = response.events.map((event) => ({
          ...event,
          ...(event.type === 'put' ? { kv: open(event.kv) } : {}),
          ...(event.prevKv === undefined ? {} : { prevKv: open(event.prevKv) }),
        }));
        yield { ...response, events };
      }
    },
  };
}
