import { assert, defined } from '@flotilla/base';
import { binaryBytes, binaryString, keySpan } from './bytes.js';
import { holds } from './compare.js';
import type { KeyHistory } from './key-history.js';
import type { KeyIndex } from './key-index.js';
import type { LeaseSet } from './lease-set.js';
import type {
  DeleteRangeRequest,
  DeleteRangeResponse,
  KeyValue,
  PutRequest,
  PutResponse,
  RequestOp,
  ResponseOp,
  TxnRequest,
  TxnResponse,
} from './model.js';
import { checkReadable, type ReadView, rangeIn } from './read-view.js';
import { encodeChange, type KeyRevision } from './record.js';
import { storeErrors } from './store-error.js';

/** One key's change within a revision; its position in the list is its sub-revision. */
export interface Change {
  readonly key: string;
  readonly kv: KeyValue;
  readonly record: Uint8Array;
}

const noBytes = new Uint8Array(0);

/**
 * The changes of one command: all of them at one new revision, visible to the reads that follow within it.
 * Everything that can be refused is refused before the first change, so a transaction never has to be undone.
 */
export class Transaction implements ReadView {
  readonly #base: ReadView;
  readonly #leases: LeaseSet;
  readonly #main: number;
  readonly changes: Change[] = [];

  constructor(base: ReadView, leases: LeaseSet) {
    this.#base = base;
    this.#leases = leases;
    this.#main = base.revision + 1;
  }

  get index(): KeyIndex {
    return this.#base.index;
  }

  get compactRevision(): number {
    return this.#base.compactRevision;
  }

  get revision(): number {
    return this.changes.length > 0 ? this.#main : this.#main - 1;
  }

  load(revision: KeyRevision): KeyValue {
    if (revision.main !== this.#main) return this.#base.load(revision);
    return defined(this.changes[revision.sub], 'a revision of this transaction is one of its changes').kv;
  }

  /** @throws StoreError `lease-not-found`, `key-not-found` */
  put(request: PutRequest): PutResponse {
    this.#checkLease(request);
    this.#checkPresent(request);
    return this.#put(request);
  }

  deleteRange(request: DeleteRangeRequest): DeleteRangeResponse {
    const victims: [string, KeyRevision][] = [];
    this.index.visitLive(keySpan(request.key, request.rangeEnd), this.#main, (revision, key) => {
      victims.push([key, revision]);
      return true;
    });
    const prevKvs = request.prevKv === true ? victims.map(([, revision]) => this.load(revision)) : [];
    for (const [key] of victims) this.delete(key);
    return { revision: this.revision, deleted: victims.length, prevKvs };
  }

  /** Deletes a key that exists. */
  delete(key: string): void {
    const tombstone = {
      key: binaryBytes(key),
      value: noBytes,
      createRevision: 0,
      modRevision: this.#main,
      version: 0,
      lease: 0n,
    };
    this.#change(key, tombstone);
  }

  /** @throws StoreError for whatever in the branch taken cannot be done; nothing is changed then */
  txn(request: TxnRequest): TxnResponse {
    const path = choosePath(this.#base, request);
    this.#checkPath(path);
    return this.#run(path);
  }

  #put(request: PutRequest): PutResponse {
    const key = binaryString(request.key);
    const history = this.index.get(key);
    const previous = history?.at(this.#main);
    const needsPrevious = previous !== undefined && (request.prevKv === true || request.ignoreValue === true);
    const prevKv = needsPrevious ? this.load(previous) : undefined;
    const kv = {
      key: request.key,
      value: request.ignoreValue === true ? (prevKv?.value ?? noBytes) : request.value,
      createRevision: previous?.createRevision ?? this.#main,
      modRevision: this.#main,
      version: (previous?.version ?? 0) + 1,
      lease: request.ignoreLease === true ? this.#leases.leaseOf(key) : (request.lease ?? 0n),
    };
    this.#change(key, kv, history);
    return request.prevKv === true && prevKv !== undefined ? { revision: this.#main, prevKv } : { revision: this.#main };
  }

  #change(key: string, kv: KeyValue, history?: KeyHistory): void {
    const record = encodeChange(kv);
    const { createRevision, version } = kv;
    const revision = { main: this.#main, sub: this.changes.length, createRevision, version, bytes: record.length };
    this.index.push(key, kv.lease === 0n ? revision : { ...revision, lease: kv.lease }, history);
    this.changes.push({ key, kv, record });
    this.#leases.bind(key, kv.lease);
  }

  #checkLease(request: PutRequest): void {
    const lease = request.lease ?? 0n;
    if (lease !== 0n && this.#leases.get(lease) === undefined) throw storeErrors.leaseNotFound();
  }

  #checkPresent(request: PutRequest): void {
    if (request.ignoreValue !== true && request.ignoreLease !== true) return;
    if (this.index.get(binaryString(request.key))?.at(this.#main) === undefined) throw storeErrors.keyNotFound();
  }

  /** In etcd's order, which decides the error where several things are wrong: all puts first, then all reads. */
  #checkPath(path: TxnPath): void {
    const ops = [...opsOf(path)];
    for (const op of ops) {
      if (!('put' in op)) continue;
      this.#checkPresent(op.put); // a put by itself is checked the other way round, in etcd as well
      this.#checkLease(op.put);
    }
    for (const op of ops) if ('range' in op) checkReadable(this.#base, op.range.revision ?? 0);
  }

  #run(path: TxnPath): TxnResponse {
    const responses = path.steps.map((step): ResponseOp => {
      if ('path' in step) return { txn: this.#run(step.path) };
      const { op } = step;
      if ('range' in op) return { range: rangeIn(this, op.range) };
      if ('put' in op) return { put: this.#put(op.put) };
      assert('deleteRange' in op, 'nested transactions are paths');
      return { deleteRange: this.deleteRange(op.deleteRange) };
    });
    return { revision: this.revision, succeeded: path.succeeded, responses };
  }
}

/** A transaction with its compares already decided, nested ones too: all of them see the state before it. */
interface TxnPath {
  readonly succeeded: boolean;
  readonly steps: readonly ({ readonly op: RequestOp } | { readonly path: TxnPath })[];
}

function* opsOf(path: TxnPath): Generator<RequestOp> {
  for (const step of path.steps) {
    if ('path' in step) yield* opsOf(step.path);
    else yield step.op;
  }
}

function choosePath(view: ReadView, request: TxnRequest): TxnPath {
  const succeeded = request.compare.every((compare) => holds(view, compare));
  const branch = succeeded ? request.success : request.failure;
  return { succeeded, steps: branch.map((op) => ('txn' in op ? { path: choosePath(view, op.txn) } : { op })) };
}
