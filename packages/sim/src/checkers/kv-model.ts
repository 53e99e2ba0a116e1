import { defined } from '@flotilla/base';
import {
  binaryString,
  type Command,
  type CommandResponse,
  type Compare,
  compareBytes,
  type DeleteRangeRequest,
  type DeleteRangeResponse,
  type KeyValue,
  type PlainCommand,
  type PutRequest,
  type PutResponse,
  type RangeRequest,
  type RangeResponse,
  type ResponseOp,
  type TxnRequest,
  type TxnResponse,
  type WatchEvent,
} from '@flotilla/mvcc';

type Contents = ReadonlyMap<string, KeyValue>;

/** What a command comes to: an answer, the code of an error, or undefined for what this model does not know. */
export type ModelAnswer = { readonly response: CommandResponse } | { readonly error: string } | undefined;

interface ModelLease {
  readonly ttlSeconds: number;
  renewals: number;
}

const leaseTtlSecondsMin = 2;

/**
 * The store as one would explain it: a whole copy of the map per revision, no compaction, no index. Slow and obviously
 * right. Written apart from the store, so that the two do not share a mistake. Knows what the workload does: no sorting,
 * no filters, no nested transactions.
 */
export class KvModel {
  /** Index: revision. Revisions 0 and 1 are empty. */
  readonly #states: Contents[] = [new Map(), new Map()];
  readonly #events: (readonly WatchEvent[])[] = [[], []];
  readonly #leases = new Map<bigint, ModelLease>();
  compactRevision = 0;

  get revision(): number {
    return this.#states.length - 1;
  }

  get leases(): ReadonlyMap<bigint, ModelLease> {
    return this.#leases;
  }

  /** What changed at a revision, in the order of the keys' changes. */
  eventsAt(revision: number): readonly WatchEvent[] {
    return this.#events[revision] ?? [];
  }

  /** @returns the answer; the code `compacted` is the caller's to judge, since it depends on more than the revision */
  range(request: RangeRequest, at: number): RangeResponse {
    return rangeOf(this.#state(request.revision || at), request, at);
  }

  /** A transaction that changes nothing, as of a revision. */
  read(request: TxnRequest, at: number): TxnResponse {
    return new Step(this.#state(at), at, new Set()).txn(request);
  }

  apply(command: Command): ModelAnswer {
    if ('authorized' in command) return undefined;
    try {
      return this.#execute(command);
    } catch (error) {
      if (error instanceof Refusal) return { error: error.code };
      throw error;
    }
  }

  #execute(command: PlainCommand): ModelAnswer {
    if ('put' in command) return { response: { put: this.#change((step) => step.put(command.put)) } };
    if ('deleteRange' in command) {
      return { response: { deleteRange: this.#change((step) => step.deleteRange(command.deleteRange)) } };
    }
    if ('txn' in command) return { response: { txn: this.#change((step) => step.txn(command.txn)) } };
    if ('compact' in command) return { response: { compact: this.#compact(command.compact.revision) } };
    if ('leaseGrant' in command) {
      const { id } = command.leaseGrant;
      if (this.#leases.has(id)) throw new Refusal('lease-exists');
      const ttlSeconds = Math.max(command.leaseGrant.ttlSeconds, leaseTtlSecondsMin);
      this.#leases.set(id, { ttlSeconds, renewals: 0 });
      return { response: { leaseGrant: { id, ttlSeconds, revision: this.revision } } };
    }
    if ('leaseKeepAlive' in command) {
      const { id } = command.leaseKeepAlive;
      const lease = this.#leases.get(id);
      if (lease !== undefined) lease.renewals++;
      return { response: { leaseKeepAlive: { id, ttlSeconds: lease?.ttlSeconds ?? 0, revision: this.revision } } };
    }
    if ('leaseRevoke' in command) return { response: { leaseRevoke: this.#revoke(command.leaseRevoke.id) } };
    if ('leaseExpire' in command) {
      const { id, renewals } = command.leaseExpire;
      if (this.#leases.get(id)?.renewals === renewals) this.#revoke(id);
      return { response: { leaseExpire: { revision: this.revision } } };
    }
    return undefined;
  }

  #change<T>(run: (step: Step) => T): T {
    const step = new Step(this.#state(this.revision), this.revision, new Set(this.#leases.keys()));
    const result = run(step);
    if (step.events.length > 0) {
      this.#states.push(step.contents);
      this.#events.push(step.events);
    }
    return result;
  }

  #revoke(id: bigint): { revision: number } {
    if (!this.#leases.delete(id)) throw new Refusal('lease-not-found');
    this.#change((step) => {
      for (const { key, lease } of inOrder(step.contents.values())) if (lease === id) step.deleteRange({ key });
    });
    return { revision: this.revision };
  }

  #compact(revision: number): { revision: number } {
    if (revision <= this.compactRevision) throw new Refusal('compacted');
    if (revision > this.revision) throw new Refusal('future-revision');
    this.compactRevision = revision;
    return { revision: this.revision };
  }

  #state(revision: number): Contents {
    return defined(this.#states[revision], `revision ${revision} has been made`);
  }
}

/** The state machine said no; it changed nothing. */
class Refusal extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** One command on a copy of the state. */
class Step {
  readonly contents: Map<string, KeyValue>;
  readonly events: WatchEvent[] = [];
  readonly #before: Contents;
  readonly #revisionBefore: number;
  readonly #leases: ReadonlySet<bigint>;

  constructor(before: Contents, revisionBefore: number, leases: ReadonlySet<bigint>) {
    this.contents = new Map(before);
    this.#before = before;
    this.#revisionBefore = revisionBefore;
    this.#leases = leases;
  }

  get #revision(): number {
    return this.#revisionBefore + (this.events.length > 0 ? 1 : 0);
  }

  put(request: PutRequest): PutResponse {
    this.#checkLease(request);
    const { key, value, lease = 0n } = request;
    const name = binaryString(key);
    const prevKv = this.contents.get(name);
    const modRevision = this.#revisionBefore + 1;
    const createRevision = prevKv?.createRevision ?? modRevision;
    const kv = { key, value, createRevision, modRevision, version: (prevKv?.version ?? 0) + 1, lease };
    this.contents.set(name, kv);
    this.events.push(prevKv === undefined ? { type: 'put', kv } : { type: 'put', kv, prevKv });
    const revision = this.#revision;
    return request.prevKv === true && prevKv !== undefined ? { revision, prevKv } : { revision };
  }

  deleteRange(request: DeleteRangeRequest): DeleteRangeResponse {
    const victims = inOrder(this.contents.values()).filter(({ key }) => covers(request, key));
    for (const prevKv of victims) {
      this.contents.delete(binaryString(prevKv.key));
      const gone = { createRevision: 0, version: 0, lease: 0n, value: new Uint8Array(0) };
      this.events.push({ type: 'delete', kv: { ...gone, key: prevKv.key, modRevision: this.#revisionBefore + 1 }, prevKv });
    }
    return { revision: this.#revision, deleted: victims.length, prevKvs: request.prevKv === true ? victims : [] };
  }

  txn({ compare, success, failure }: TxnRequest): TxnResponse {
    const succeeded = compare.every((each) => holds(each, this.#before));
    const branch = succeeded ? success : failure;
    for (const op of branch) if ('put' in op) this.#checkLease(op.put);
    const responses = branch.map((op): ResponseOp => {
      if ('put' in op) return { put: this.put(op.put) };
      if ('deleteRange' in op) return { deleteRange: this.deleteRange(op.deleteRange) };
      if ('range' in op) return { range: rangeOf(this.contents, op.range, this.#revision) };
      throw new Error('the model knows no nested transactions');
    });
    return { revision: this.#revision, succeeded, responses };
  }

  #checkLease({ lease = 0n }: PutRequest): void {
    if (lease !== 0n && !this.#leases.has(lease)) throw new Refusal('lease-not-found');
  }
}

function rangeOf(contents: Contents, request: RangeRequest, revision: number): RangeResponse {
  const inRange = inOrder(contents.values()).filter(({ key }) => covers(request, key));
  const limit = request.limit || Number.POSITIVE_INFINITY;
  return { revision, kvs: inRange.slice(0, limit), more: inRange.length > limit, count: inRange.length };
}

function inOrder(kvs: Iterable<KeyValue>): KeyValue[] {
  return [...kvs].sort((a, b) => compareBytes(a.key, b.key));
}

function holds({ key, rangeEnd, result, target }: Compare, contents: Contents): boolean {
  const span = rangeEnd === undefined ? { key } : { key, rangeEnd };
  const found: Partial<KeyValue>[] = inOrder(contents.values()).filter((kv) => covers(span, kv.key));
  if (found.length === 0) found.push({ createRevision: 0, modRevision: 0, version: 0, lease: 0n });
  return found.every((kv) => {
    const order = orderOf(kv, target);
    if (order === undefined) return false;
    return { equal: order === 0, not_equal: order !== 0, greater: order > 0, less: order < 0 }[result];
  });
}

/** @returns undefined: a key that does not exist has no value to compare */
function orderOf(kv: Partial<KeyValue>, target: Compare['target']): number | undefined {
  if ('value' in target) return kv.value === undefined ? undefined : compareBytes(kv.value, target.value);
  if ('lease' in target) return Number((kv.lease ?? 0n) - target.lease);
  if ('version' in target) return (kv.version ?? 0) - target.version;
  if ('createRevision' in target) return (kv.createRevision ?? 0) - target.createRevision;
  return (kv.modRevision ?? 0) - target.modRevision;
}

/** etcd's convention: no end is one key, a zero byte is everything from the key on. */
export function covers(
  { key, rangeEnd }: { readonly key: Uint8Array; readonly rangeEnd?: Uint8Array },
  candidate: Uint8Array,
): boolean {
  if (rangeEnd === undefined || rangeEnd.length === 0) return compareBytes(key, candidate) === 0;
  if (compareBytes(candidate, key) < 0) return false;
  return (rangeEnd.length === 1 && rangeEnd[0] === 0) || compareBytes(candidate, rangeEnd) < 0;
}
