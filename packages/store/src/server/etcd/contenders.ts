import type { AbortSignalLike } from '@flotilla/base';
import {
  type KeyValue,
  prefixEnd,
  type RangeRequest,
  type RequestOp,
  type ResponseOp,
  StoreError,
  type TxnResponse,
} from '@flotilla/mvcc';
import { contenderLeaseTtlSeconds } from '../limits.js';
import type { Call, Operation } from './call.js';

/**
 * etcd's recipe behind locks and elections, as its server runs it: whoever wants to hold `name` puts the key
 * `name/<its lease in hex>`, and holds it when no key under `name/` was created earlier. A key goes with its lease, so a
 * holder that dies makes room. Everything happens in the caller's name.
 */
export interface Contender {
  /** `name/`. */
  readonly prefix: Uint8Array;
  readonly key: Uint8Array;
  readonly lease: bigint;
  readonly createRevision: number;
  /** Store revision at which it entered. */
  readonly revision: number;
  /** What its key held before, if it was there. */
  readonly before: KeyValue | undefined;
  /** Nobody had entered earlier: there is nothing to wait for. */
  readonly holds: boolean;
}

/**
 * Enters the line for `name`, or finds the place that the lease has in it already.
 * @param lease 0n: one of 60 s, granted for it
 * @throws StoreError `lease-not-found`
 */
export async function enter(call: Call, name: Uint8Array, lease: bigint, value: Uint8Array): Promise<Contender> {
  const { service, caller } = call;
  const granted = lease !== 0n ? lease : (await service.leaseGrant({ ttlSeconds: contenderLeaseTtlSeconds, id: 0n }, caller)).id;
  const prefix = prefixOf(name);
  const key = Buffer.concat([prefix, Buffer.from(granted.toString(16))]);
  const first = { range: firstOf(prefix) };
  const absent = { key, createRevision: 0 };
  const entered = await transact(call, absent, [{ put: { key, value, lease: granted } }, first], [{ range: { key } }, first]);
  const { revision } = entered;
  const before = foundIn(entered.responses[0]);
  const createRevision = before?.createRevision ?? revision;
  const holds = foundIn(entered.responses[1])?.createRevision === createRevision;
  return { prefix, key, lease: granted, createRevision, revision, before, holds };
}

function firstOf(prefix: Uint8Array): RangeRequest {
  return { key: prefix, rangeEnd: prefixEnd(prefix), sortTarget: 'create', sortOrder: 'ascend', limit: 1 };
}

function foundIn(answer: ResponseOp | undefined): KeyValue | undefined {
  return answer !== undefined && 'range' in answer ? answer.range.kvs[0] : undefined;
}

export function prefixOf(name: Uint8Array): Uint8Array {
  return Buffer.concat([name, Buffer.from('/')]);
}

/** The key under the prefix that was created first: its holder. */
export async function holder(
  call: Call,
  prefix: Uint8Array,
): Promise<{ readonly kv: KeyValue | undefined; readonly revision: number }> {
  const { kvs, revision } = await call.service.range(firstOf(prefix), call.caller, call.signal);
  return { kv: kvs[0], revision };
}

/**
 * Waits until nobody who entered earlier is left. Who stops waiting leaves the line.
 * @returns the store revision at which the contender was seen to hold
 * @throws the signal's reason; StoreError `unclassified` with `lost` when its own key is gone by then
 */
export async function awaitTurn(call: Call, contender: Contender, lost: string): Promise<number> {
  const { service, caller, signal } = call;
  const { prefix, key, createRevision } = contender;
  if (contender.holds && signal?.aborted !== true) return contender.revision;
  try {
    for (;;) {
      if (signal?.aborted) throw signal.reason;
      const latest = { sortTarget: 'create', sortOrder: 'descend', limit: 1, maxCreateRevision: createRevision - 1 } as const;
      const { kvs, revision } = await service.range({ key: prefix, rangeEnd: prefixEnd(prefix), ...latest }, caller, signal);
      const [before] = kvs;
      if (before === undefined) break;
      await deletion(call, before.key, revision + 1, signal);
    }
    const { kvs, revision } = await service.range({ key }, caller, signal);
    if (kvs[0]?.createRevision !== createRevision) throw new StoreError('unclassified', lost);
    return revision;
  } catch (error) {
    await leave(call, contender).catch(() => {}); // the lease takes the key away if this cannot
    throw error;
  }
}

/** Takes the contender's key away, if it is still the same one, even when the client is gone. @returns the revision */
export async function leave(call: Call, { key, createRevision }: Pick<Contender, 'key' | 'createRevision'>): Promise<number> {
  return (await transact(call, { key, createRevision }, [{ deleteRange: { key } }], [])).revision;
}

/** Changes keys only if the key is the one created at the revision. Runs to its end though the client may hang up. */
export async function transact(
  { service, caller }: Call,
  { key, createRevision }: Pick<Contender, 'key' | 'createRevision'>,
  success: readonly RequestOp[],
  failure: readonly RequestOp[],
): Promise<TxnResponse> {
  const same = { key, result: 'equal', target: { createRevision } } as const;
  const answer = await service.command({ txn: { compare: [same], success, failure } }, caller);
  if (!('txn' in answer)) throw new StoreError('invalid', 'not the answer to a transaction');
  return answer.txn;
}

/** Resolves when the key is deleted, at `from` or later. */
function deletion({ service }: Call, key: Uint8Array, from: number, signal: AbortSignalLike | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      watcher.cancel();
      signal?.removeEventListener('abort', aborted);
    };
    const aborted = () => {
      end();
      reject(signal?.reason);
    };
    const watcher = service.store.watch(
      { key, startRevision: from, filters: ['noput'] },
      {
        deliver: ({ events }) => {
          if (events.length === 0) return true;
          end();
          resolve();
          return true;
        },
        cancelled: (error) => {
          end();
          reject(error);
        },
      },
    );
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

/** etcd's server is a client of itself here, and what it is told it passes on as an error that nobody classified. */
export function asOwnClient(operation: Operation): Operation {
  return async (call, request) => {
    try {
      return await operation(call, request);
    } catch (error) {
      throw unclassified(error);
    }
  };
}

export function unclassified(error: unknown): unknown {
  const known = error instanceof StoreError && error.code !== 'cancelled';
  return known ? new StoreError('unclassified', error.message) : error;
}
