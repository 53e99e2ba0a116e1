import { assert } from '@flotilla/base';
import { checkCommand, checkOp } from './auth/access.js';
import type { AuthObserver } from './auth/auth-model.js';
import { AuthObservers } from './auth/auth-observers.js';
import type { AuthView } from './auth/auth-state.js';
import type { Backend } from './backend.js';
import { CodecError } from './codec/byte-reader.js';
import { decodeCommand } from './codec/commands.js';
import { CommandExecutor } from './command-executor.js';
import { contentsOf, type StoredContents } from './contents.js';
import { StoreCounts } from './counts.js';
import { type HashResult, StateHash } from './hash.js';
import type { Lease, LeaseObserver } from './lease-set.js';
import type {
  Alarm,
  CommandResponse,
  PlainCommand,
  RangeRequest,
  RangeResponse,
  RequestOp,
  TxnRequest,
  TxnResponse,
  WatchRequest,
} from './model.js';
import { checkReadable, rangeIn } from './read-view.js';
import { loadState, State } from './state.js';
import { StoreError } from './store-error.js';
import { Transaction } from './transaction.js';
import { isReadOnly, validateCommand, validateRange, validateTxn } from './validate.js';
import { type Watcher, WatchHub, type WatchSink } from './watch-hub.js';

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
  #executor: CommandExecutor;
  #reloading = false;

  private constructor(state: State, options: MvccOptions) {
    this.#backend = state.backend;
    this.#state = state;
    this.#defer = options.defer;
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
    this.#executor = this.#executorOf(state);
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
      const response = this.#executor.execute(plain);
      this.counts.answered(response);
      return { response };
    } catch (error) {
      this.#executor.write([]);
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
      this.#executor.write([]);
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
    this.#executor = this.#executorOf(this.#state);
    this.#reloading = false;
    for (const observer of this.#leaseObservers) observer.reset(this.#state.leases);
    this.#authObservers.reset();
    this.#watches.rewind(seen);
  }

  #executorOf(state: State): CommandExecutor {
    const events = { watches: this.#watches, leases: this.#leaseObservers, auth: this.#authObservers };
    return new CommandExecutor(state, events, this.counts);
  }

  #readable(): State {
    if (this.#reloading) throw new StoreError('unavailable', 'etcdserver: restoring a snapshot');
    return this.#state;
  }
}
