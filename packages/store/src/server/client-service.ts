import { type AbortSignalLike, type Random, randomInt } from '@flotilla/base';
import {
  type ApplyResult,
  authErrors,
  type CommandResponse,
  checkLeaseRead,
  encodeCommand,
  isReadOnly,
  isStoreError,
  type Lease,
  type LeaseGrantRequest,
  type LeaseResponse,
  type Lessor,
  type MvccStore,
  type PlainCommand,
  type RangeRequest,
  type RangeResponse,
  type RequestOp,
  StoreError,
  spaceNeeded,
  storeErrors,
  type TxnRequest,
  type TxnResponse,
  validateCommand,
  validateTxn,
  type WatchRequest,
} from '@flotilla/mvcc';
import type { StoreStatus } from '@flotilla/store-client';
import type { Alarms } from '../alarms.js';
import type { Member } from '../member.js';
import { type AuthService, nobody } from './auth/auth-service.js';
import type { Caller } from './caller.js';
import { etcdVersion, watchProgressMsMin } from './limits.js';
import type { ServerMetrics } from './server-metrics.js';

export interface ClientServiceOptions {
  readonly member: Member<MvccStore>;
  readonly lessor: Lessor;
  readonly auth: AuthService;
  readonly random: Random;
  /** Of an encoded command. */
  readonly requestBytesMax: number;
  /** `--experimental-watch-progress-notify-interval`: idle watches that ask for progress get a mark this often. */
  readonly watchProgressMs: number;
  /** Commands that would make the store's changes exceed it raise the alarm NOSPACE; 0: no limit. */
  readonly quotaBytes: number;
  readonly alarms: Alarms;
  readonly metrics: ServerMetrics;
}

/** What every face (native, JSON gateway, gRPC) does with a request once it is decoded. */
export class ClientService {
  readonly member: Member<MvccStore>;
  readonly lessor: Lessor;
  readonly auth: AuthService;
  readonly requestBytesMax: number;
  readonly watchProgressMs: number;
  /** What the calls tell of themselves. */
  readonly metrics: ServerMetrics;
  readonly #random: Random;
  readonly #quotaBytes: number;
  readonly #alarms: Alarms;
  #defragmenting: Promise<void> | undefined;

  constructor(options: ClientServiceOptions) {
    this.member = options.member;
    this.lessor = options.lessor;
    this.auth = options.auth;
    this.requestBytesMax = options.requestBytesMax;
    this.watchProgressMs = Math.max(options.watchProgressMs, watchProgressMsMin);
    this.#random = options.random;
    this.#quotaBytes = options.quotaBytes;
    this.#alarms = options.alarms;
    this.metrics = options.metrics;
  }

  get store(): MvccStore {
    return this.member.store;
  }

  /** @throws StoreError */
  async range(request: RangeRequest, caller: Caller, signal?: AbortSignalLike): Promise<RangeResponse> {
    if (request.serializable !== true) await this.member.linearizable(signal);
    if (this.auth.enabled) this.store.checkAccess(await this.auth.user(caller), { range: request });
    return this.store.range(request);
  }

  /**
   * Replicates a command in the caller's name and waits for its answer.
   * @param encoded the command's bytes, where they exist already; they are kept in the log
   * @throws StoreError
   */
  async command(command: PlainCommand, caller: Caller, signal?: AbortSignalLike, encoded?: Uint8Array): Promise<CommandResponse> {
    validateCommand(command);
    if ('txn' in command && isReadOnly(command.txn)) return { txn: await this.#readTxn(command.txn, caller, signal) };
    if (this.auth.enabled) await this.auth.requireUser(caller); // a stranger fills no database and raises no alarm
    await this.#admit(command, signal);
    const bytes = encoded ?? encodeCommand(command);
    if (bytes.length > this.requestBytesMax) throw storeErrors.tooLarge();
    const result = await this.#propose(bytes, caller, signal);
    if ('error' in result) throw result.error;
    return result.response;
  }

  /** @throws StoreError `lease-exists`, when the id was asked for */
  async leaseGrant(request: LeaseGrantRequest, caller: Caller): Promise<LeaseResponse> {
    const id = request.id === 0n ? this.#leaseId() : request.id;
    const response = await this.command({ leaseGrant: { ttlSeconds: request.ttlSeconds, id } }, caller);
    if ('leaseGrant' in response) return response.leaseGrant;
    throw new StoreError('invalid', 'not the answer to a lease grant');
  }

  /** @returns why the caller may not watch this, undefined when it may */
  refusesWatch(request: WatchRequest, caller: Caller): StoreError | undefined {
    if (!this.auth.enabled) return undefined;
    try {
      this.store.checkAccess(this.auth.userNow(caller), { range: request });
      return undefined;
    } catch (error) {
      if (isStoreError(error)) return error;
      throw error;
    }
  }

  /** @throws StoreError unless the caller may read all keys that hang on the leases, and has a name */
  async checkLeaseRead(leases: readonly Lease[], caller: Caller): Promise<void> {
    if (!this.auth.enabled) return;
    const user = await this.auth.user(caller);
    if (user === nobody) throw authErrors.userEmpty();
    for (const lease of leases) checkLeaseRead(this.store.auth, user, lease);
  }

  /** Removes what is compacted, and has the space given back. Calls while one is under way wait for it. */
  defragment(): Promise<void> {
    this.#defragmenting ??= this.#defragment().finally(() => {
      this.#defragmenting = undefined;
    });
    return this.#defragmenting;
  }

  async #defragment(): Promise<void> {
    const { defragment, defragmentsUnderWay } = this.metrics;
    const stop = defragment.startTimer();
    defragmentsUnderWay.set(1);
    try {
      await this.store.scrub();
      await this.member.defragment();
    } finally {
      defragmentsUnderWay.set(0);
      stop();
    }
  }

  status(): StoreStatus {
    const { leader, raftTerm, raftIndex, raftAppliedIndex, dbSizeBytes } = this.member.status();
    const { id: memberId, clusterId } = this.member;
    const { revision } = this.store;
    return { version: etcdVersion, clusterId, memberId, leader, raftTerm, raftIndex, raftAppliedIndex, revision, dbSizeBytes };
  }

  /**
   * Refuses what would be refused when it is applied, without an entry in the log for it, and takes care of the quota.
   * @throws StoreError `no-space`, `corrupt`
   */
  async #admit(command: PlainCommand, signal: AbortSignalLike | undefined): Promise<void> {
    if (this.store.refusal(command) !== undefined) {
      await this.member.linearizable(signal); // the alarm may be down already, and this member not know it yet
      const refusal = this.store.refusal(command);
      if (refusal !== undefined) throw refusal;
    }
    const bytes = spaceNeeded(command);
    if (bytes === 0 || this.#quotaBytes === 0 || this.store.bytes + bytes < this.#quotaBytes) return;
    await this.#alarms.raise('no-space');
    throw storeErrors.noSpace();
  }

  async #propose(bytes: Uint8Array, caller: Caller, signal: AbortSignalLike | undefined): Promise<ApplyResult> {
    if (this.auth.enabled) return this.auth.propose(bytes, caller, signal);
    const result = await this.member.propose(bytes, signal);
    // Auth was switched on meanwhile: the command was refused for want of a name, and changed nothing.
    return 'error' in result && this.auth.enabled ? this.auth.propose(bytes, caller, signal) : result;
  }

  async #readTxn(request: TxnRequest, caller: Caller, signal: AbortSignalLike | undefined): Promise<TxnResponse> {
    validateTxn(request);
    if (!isSerializable(request)) await this.member.linearizable(signal);
    if (this.auth.enabled) this.store.checkAccess(await this.auth.user(caller), { txn: request });
    return this.store.read(request);
  }

  /** Positive and below 2^63, as etcd's are. */
  #leaseId(): bigint {
    const high = BigInt(randomInt(this.#random, 1, 2 ** 31));
    return (high << 32n) | BigInt(randomInt(this.#random, 0, 2 ** 32));
  }
}

/** etcd's rule: every read of it must ask to be serializable; comparing counts as no read. */
function isSerializable(request: TxnRequest): boolean {
  const serializable = (op: RequestOp): boolean =>
    'range' in op ? op.range.serializable === true : 'txn' in op && isSerializable(op.txn);
  return [...request.success, ...request.failure].every(serializable);
}
