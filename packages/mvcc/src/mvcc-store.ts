import { assert } from '@flotilla/base';
import { checkCommand, checkOp } from './auth/access.js';
import { changeAuth } from './auth/auth-changes.js';
import type { AuthObserver, AuthRequest, AuthResponse } from './auth/auth-model.js';
import { AuthObservers } from './auth/auth-observers.js';
import type { AuthView } from './auth/auth-state.js';
import type { Backend, BackendChange } from './backend.js';
import { CodecError } from './codec/byte-reader.js';
import { decodeCommand } from './codec/commands.js';
import { contentsOf, type StoredContents } from './contents.js';
import { StoreCounts } from './counts.js';
import { type HashResult, StateHash } from './hash.js';
import type { Lease, LeaseObserver } from './lease-set.js';
import type {
  Alarm,
  AlarmRequest,
  AlarmResponse,
  CommandResponse,
  Header,
  LeaseCheckpoint,
  LeaseExpireRequest,
  LeaseGrantRequest,
  LeaseResponse,
  PlainCommand,
  RangeRequest,
  RangeResponse,
  RequestOp,
  TxnRequest,
  TxnResponse,
  WatchRequest,
} from './model.js';
import { checkReadable, rangeIn } from './read-view.js';
import { alarmKey, encodeLease, encodeMeta, leaseKey, metaKey, revisionKey } from './record.js';
import { Scrubber } from './scrubber.js';
import { loadState, State } from './state.js';
import { StoreError, storeErrors } from './store-error.js';
import { Transaction } from './transaction.js';
import { isReadOnly, validateCommand, validateRange, validateTxn } from './validate.js';
import { type Watcher, WatchHub, type WatchSink } from './watch-hub.js';

const noBytes = new Uint8Array(0);

/** What a command came to. An error changed nothing. */
export type ApplyResult = { readonly response: CommandResponse } | { readonly error: StoreError };

export interface MvccOptions {
  /** Runs work soon, outside the present call: `setImmediate` in a process. Slices of long work use it, such as watch catch-up. */
  readonly defer: (work: () => void) => void;
}

/**
 * The replicated key-value state machine, with etcd v3's semantics. Synchronous and deterministic: the same
 * commands in the same order give the same state and the same answers on every member.
 *
 * Commands go through `apply`, in log order; reads and watches may come at any time between.
 */
export class MvccStore {
  /** For metrics. */
  readonly counts = new StoreCounts();
  readonly #backend: Backend;
  readonly #watches: WatchHub;
  readonly #defer: MvccOptions['defer'];
  readonly #leaseObservers = new Set<LeaseObserver>();
  readonly #authObservers = new AuthObservers();
  #state: State;
  #scrubber: Scrubber;
  #reloading = false;

  private constructor(state: State, options: MvccOptions) {
    this.#backend = state.backend;
    this.#state = state;
    this.#defer = options.defer;
    this.#scrubber = new Scrubber(state, this.counts);
    const current = () => this.#state;
    const history = {
      get revision() {
        return current().revision;
      },
      get compactRevision() {
        return current().compactRevision;
      },
      changesAt: (revision: number) => current().changesAt(revision),
      previous: (key: string, revision: number) => current().previous(key, revision),
    };
    this.#watches = new WatchHub(history, options.defer, this.counts);
  }

  /** A store on what `backend` holds; empty is fine. Reads all of it once. */
  static async open(backend: Backend, options: MvccOptions): Promise<MvccStore> {
    return new MvccStore(await loadState(backend), options);
  }

  /** A store on an empty backend, without waiting. */
  static empty(backend: Backend, options: MvccOptions): MvccStore {
    return new MvccStore(new State(backend), options);
  }

  get revision(): number {
    return this.#state.revision;
  }

  /** The oldest revision that can be read; 0 before the first compaction. */
  get compactRevision(): number {
    return Math.max(0, this.#state.compactRevision);
  }

  /** Log index of the last command applied. It is stored in the same batch as the command's changes. */
  get appliedIndex(): number {
    return this.#state.appliedIndex;
  }

  /** Bytes of all remembered changes: what a quota limits. */
  get bytes(): number {
    return this.#state.bytes;
  }

  /** Watches, by state: for metrics. */
  get watchCounts(): ReturnType<WatchHub['counts']> {
    return this.#watches.counts();
  }

  /** Keys remembered, deleted ones included until they are compacted: for metrics. */
  get keyCount(): number {
    return this.#state.index.size;
  }

  /** Applies one command of the log. `index` must grow; an answer of `error` is an answer like any other. */
  apply(index: number, command: Uint8Array): ApplyResult {
    assert(!this.#reloading, 'nothing is applied while a snapshot is loaded');
    assert(index > this.#state.appliedIndex, `index ${index} comes after ${this.#state.appliedIndex}`);
    this.#state.appliedIndex = index;
    try {
      const decoded = decodeCommand(command);
      const plain = 'authorized' in decoded ? decoded.authorized.command : decoded;
      validateCommand(plain);
      checkCommand(this.#state, plain, 'authorized' in decoded ? decoded.authorized : undefined);
      const response = this.#execute(plain);
      this.counts.answered(response);
      return { response };
    } catch (error) {
      this.#write([]);
      if (error instanceof StoreError) return { error };
      if (error instanceof CodecError)
        return { error: new StoreError('invalid', `etcdserver: malformed command: ${error.message}`) };
      throw error; // a bug: the process ends
    }
  }

  /** @throws StoreError */
  range(request: RangeRequest): RangeResponse {
    validateRange(request);
    const range = rangeIn(this.#readable(), request);
    this.counts.answered({ range });
    return range;
  }

  /**
   * Answers a transaction that `isReadOnly` without a command.
   * @throws StoreError
   */
  read(request: TxnRequest): TxnResponse {
    validateTxn(request);
    assert(isReadOnly(request), 'writes go through the log');
    const txn = new Transaction(this.#readable(), this.#state.leases).txn(request);
    this.counts.answered({ txn });
    return txn;
  }

  /** Events are delivered inside `apply`, or later from history. Nothing is delivered before this returns. */
  watch(request: WatchRequest, sink: WatchSink): Watcher {
    return this.#watches.watch(request, sink);
  }

  lease(id: bigint): Lease | undefined {
    return this.#state.leases.get(id);
  }

  leases(): readonly Lease[] {
    return [...this.#state.leases];
  }

  /** Everything that is stored, as of now. */
  contents(): StoredContents {
    return contentsOf(this.#readable());
  }

  /** Why `apply` would refuse a command now because of an alarm. */
  refusal(command: PlainCommand): StoreError | undefined {
    return this.#state.alarms.refusal(command);
  }

  /** The alarms that are up. */
  alarms(): readonly Alarm[] {
    return this.#state.alarms.list();
  }

  /** Tells `observer` of all leases now, and of every change as it is applied. */
  observeLeases(observer: LeaseObserver): void {
    observer.reset(this.#state.leases);
    this.#leaseObservers.add(observer);
  }

  /** Users and roles, and what they allow. To be read, not changed: that takes a command. */
  get auth(): AuthView {
    return this.#state.auth;
  }

  /** @throws StoreError `permission-denied` when `user` may not do this as things stand */
  checkAccess(user: string, op: RequestOp): void {
    checkOp(this.#readable(), user, op);
  }

  /** Tells `observer` of what concerns sessions, as it is applied. */
  observeAuth(observer: AuthObserver): void {
    this.#authObservers.add(observer);
  }

  /**
   * Digest of the state up to `revision` (0: now), to compare members with.
   * @throws StoreError `future-revision`, `compacted`
   */
  async hash(revision = 0): Promise<HashResult> {
    for (;;) {
      const state = this.#readable();
      checkReadable(state, revision);
      const hash = new StateHash(state, revision);
      while (state === this.#readable() && !hash.stale) {
        const result = hash.slice();
        if (result !== undefined) return result;
        await this.#pause();
      }
    }
  }

  /**
   * Removes at once what is compacted, instead of over the following commands. Not part of the state: each member may do it
   * when it likes.
   */
  async scrub(): Promise<void> {
    while (!this.#reloading && this.#state.scrubbedRevision < this.#state.compactRevision) {
      this.#write([]);
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#defer(resolve));
  }

  /**
   * The backend's contents were replaced by a snapshot: loads them. Call it at that very moment: reads are refused
   * as `unavailable` until it is done, and then watches go on out of the new history.
   */
  async reload(): Promise<void> {
    this.#reloading = true;
    this.#watches.pause();
    const seen = this.#state.revision;
    this.#state = await loadState(this.#backend);
    this.#scrubber = new Scrubber(this.#state, this.counts);
    this.#reloading = false;
    for (const observer of this.#leaseObservers) observer.reset(this.#state.leases);
    this.#authObservers.reset();
    this.#watches.rewind(seen);
  }

  #readable(): State {
    if (this.#reloading) throw new StoreError('unavailable', 'etcdserver: restoring a snapshot');
    return this.#state;
  }

  #execute(command: PlainCommand): CommandResponse {
    const refusal = this.refusal(command);
    if (refusal !== undefined) throw refusal;
    if ('put' in command) return { put: this.#change((txn) => txn.put(command.put)) };
    if ('deleteRange' in command) return { deleteRange: this.#change((txn) => txn.deleteRange(command.deleteRange)) };
    if ('txn' in command) return { txn: this.#change((txn) => txn.txn(command.txn)) };
    if ('compact' in command) return { compact: this.#compact(command.compact.revision) };
    if ('leaseGrant' in command) return { leaseGrant: this.#grant(command.leaseGrant) };
    if ('leaseRevoke' in command) return { leaseRevoke: this.#revoke(command.leaseRevoke.id) };
    if ('leaseKeepAlive' in command) return { leaseKeepAlive: this.#keepAlive(command.leaseKeepAlive.id) };
    if ('alarm' in command) return { alarm: this.#alarm(command.alarm) };
    if ('auth' in command) return { auth: this.#auth(command.auth) };
    if ('leaseExpire' in command) return { leaseExpire: this.#expire(command.leaseExpire) };
    return { leaseCheckpoint: this.#checkpoint(command.leaseCheckpoint.checkpoints) };
  }

  #change<T>(run: (txn: Transaction) => T, more: readonly BackendChange[] = []): T {
    const state = this.#state;
    const txn = new Transaction(state, state.leases);
    const result = run(txn);
    const { changes } = txn;
    if (changes.length > 0) state.revision++;
    const writes = changes.map(({ record }, sub): BackendChange => ({ key: revisionKey(state.revision, sub), value: record }));
    for (const { record, kv } of changes) {
      state.bytes += record.length;
      if (kv.version > 0) this.counts.putBytes += kv.key.length + kv.value.length;
    }
    state.changes += changes.length;
    this.#write(writes.concat(more));
    if (changes.length > 0) this.#watches.publish(state.revision, changes);
    return result;
  }

  #write(writes: BackendChange[]): void {
    const state = this.#state;
    const removals = this.#scrubber.slice();
    this.#backend.write([...writes, ...removals, { key: metaKey, value: encodeMeta(state) }]);
  }

  #compact(revision: number): Header {
    const state = this.#state;
    if (revision <= state.compactRevision) throw storeErrors.compacted(this.compactRevision);
    if (revision > state.revision) throw storeErrors.futureRevision();
    state.compactRevision = revision;
    this.#write([]);
    return { revision: state.revision };
  }

  #grant({ id, ttlSeconds }: LeaseGrantRequest): LeaseResponse {
    const lease = this.#state.leases.grant(id, ttlSeconds);
    this.#write([{ key: leaseKey(id), value: encodeLease(lease) }]);
    for (const observer of this.#leaseObservers) observer.granted(lease);
    return { id, ttlSeconds: lease.ttlSeconds, revision: this.#state.revision };
  }

  #keepAlive(id: bigint): LeaseResponse {
    const lease = this.#state.leases.renew(id);
    this.#write(lease === undefined ? [] : [{ key: leaseKey(id), value: encodeLease(lease) }]);
    if (lease !== undefined) for (const observer of this.#leaseObservers) observer.renewed(lease);
    return { id, ttlSeconds: lease?.ttlSeconds ?? 0, revision: this.#state.revision };
  }

  #revoke(id: bigint): Header {
    const lease = this.#state.leases.get(id);
    if (lease === undefined) throw storeErrors.leaseNotFound();
    this.#change(
      (txn) => {
        for (const key of [...lease.keys].sort()) txn.delete(key);
        this.#state.leases.remove(id);
      },
      [{ key: leaseKey(id), value: undefined }],
    );
    for (const observer of this.#leaseObservers) observer.revoked(id);
    this.counts.leasesRevoked++;
    return { revision: this.#state.revision };
  }

  #expire({ id, renewals }: LeaseExpireRequest): Header {
    if (this.#state.leases.get(id)?.renewals === renewals) {
      this.counts.leasesExpired++;
      return this.#revoke(id);
    }
    this.#write([]);
    return { revision: this.#state.revision };
  }

  #checkpoint(checkpoints: readonly LeaseCheckpoint[]): Header {
    const leases = checkpoints
      .map((checkpoint) => this.#state.leases.checkpoint(checkpoint))
      .filter((lease) => lease !== undefined);
    this.#write(leases.map((lease) => ({ key: leaseKey(lease.id), value: encodeLease(lease) })));
    for (const observer of this.#leaseObservers) for (const lease of leases) observer.checkpointed(lease);
    return { revision: this.#state.revision };
  }

  #auth(request: AuthRequest): AuthResponse {
    const { auth, appliedIndex, revision } = this.#state;
    this.#write(changeAuth(auth, request));
    const token = request.kind === 'authenticate' ? `${request.tokenPrefix}.${appliedIndex}` : undefined;
    this.#authObservers.applied(request, token);
    return token === undefined ? { revision } : { revision, token };
  }

  #alarm({ action, ...alarm }: AlarmRequest): AlarmResponse {
    const { alarms, revision } = this.#state;
    const found = action === 'activate' ? alarms.activate(alarm) : alarms.deactivate(alarm);
    this.#write([{ key: alarmKey(alarm), value: action === 'activate' ? noBytes : undefined }]);
    return { revision, alarms: found === undefined ? [] : [found] };
  }
}
