import { changeAuth } from './auth/auth-changes.js';
import type { AuthRequest, AuthResponse } from './auth/auth-model.js';
import type { AuthObservers } from './auth/auth-observers.js';
import type { BackendChange } from './backend.js';
import type { StoreCounts } from './counts.js';
import type { LeaseObserver } from './lease-set.js';
import type {
  AlarmRequest,
  AlarmResponse,
  CommandResponse,
  Header,
  LeaseCheckpoint,
  LeaseExpireRequest,
  LeaseGrantRequest,
  LeaseResponse,
  PlainCommand,
} from './model.js';
import { alarmKey, encodeLease, encodeMeta, leaseKey, metaKey, revisionKey } from './record.js';
import { Scrubber } from './scrubber.js';
import type { State } from './state.js';
import { storeErrors } from './store-error.js';
import { Transaction } from './transaction.js';
import type { WatchHub } from './watch-hub.js';

const noBytes = new Uint8Array(0);

/** Who is told of what commands change, as they change it. */
export interface ChangeEvents {
  readonly watches: WatchHub;
  readonly leases: ReadonlySet<LeaseObserver>;
  readonly auth: AuthObservers;
}

/** Carries out commands on one state. Each is one batch of the backend, whatever it comes to. */
export class CommandExecutor {
  readonly #state: State;
  readonly #events: ChangeEvents;
  readonly #counts: StoreCounts;
  readonly #scrubber: Scrubber;

  constructor(state: State, events: ChangeEvents, counts: StoreCounts) {
    this.#state = state;
    this.#events = events;
    this.#counts = counts;
    this.#scrubber = new Scrubber(state, counts);
  }

  /** @throws StoreError for what is refused; nothing is changed then */
  execute(command: PlainCommand): CommandResponse {
    const refusal = this.#state.alarms.refusal(command);
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
      if (kv.version > 0) this.#counts.putBytes += kv.key.length + kv.value.length;
    }
    state.changes += changes.length;
    this.write(writes.concat(more));
    if (changes.length > 0) this.#events.watches.publish(state.revision, changes);
    return result;
  }

  /** What a command changes, with how far the log has been applied and what can be cleaned up beside it. */
  write(writes: BackendChange[]): void {
    const state = this.#state;
    const removals = this.#scrubber.slice();
    state.backend.write([...writes, ...removals, { key: metaKey, value: encodeMeta(state) }]);
  }

  #compact(revision: number): Header {
    const state = this.#state;
    if (revision <= state.compactRevision) throw storeErrors.compacted(Math.max(0, state.compactRevision));
    if (revision > state.revision) throw storeErrors.futureRevision();
    state.compactRevision = revision;
    this.write([]);
    return { revision: state.revision };
  }

  #grant({ id, ttlSeconds }: LeaseGrantRequest): LeaseResponse {
    const lease = this.#state.leases.grant(id, ttlSeconds);
    this.write([{ key: leaseKey(id), value: encodeLease(lease) }]);
    for (const observer of this.#events.leases) observer.granted(lease);
    return { id, ttlSeconds: lease.ttlSeconds, revision: this.#state.revision };
  }

  #keepAlive(id: bigint): LeaseResponse {
    const lease = this.#state.leases.renew(id);
    this.write(lease === undefined ? [] : [{ key: leaseKey(id), value: encodeLease(lease) }]);
    if (lease !== undefined) for (const observer of this.#events.leases) observer.renewed(lease);
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
    for (const observer of this.#events.leases) observer.revoked(id);
    this.#counts.leasesRevoked++;
    return { revision: this.#state.revision };
  }

  #expire({ id, renewals }: LeaseExpireRequest): Header {
    if (this.#state.leases.get(id)?.renewals === renewals) {
      this.#counts.leasesExpired++;
      return this.#revoke(id);
    }
    this.write([]);
    return { revision: this.#state.revision };
  }

  #checkpoint(checkpoints: readonly LeaseCheckpoint[]): Header {
    const leases = checkpoints
      .map((checkpoint) => this.#state.leases.checkpoint(checkpoint))
      .filter((lease) => lease !== undefined);
    this.write(leases.map((lease) => ({ key: leaseKey(lease.id), value: encodeLease(lease) })));
    for (const observer of this.#events.leases) for (const lease of leases) observer.checkpointed(lease);
    return { revision: this.#state.revision };
  }

  #auth(request: AuthRequest): AuthResponse {
    const { auth, appliedIndex, revision } = this.#state;
    this.write(changeAuth(auth, request));
    const token = request.kind === 'authenticate' ? `${request.tokenPrefix}.${appliedIndex}` : undefined;
    this.#events.auth.applied(request, token);
    return token === undefined ? { revision } : { revision, token };
  }

  #alarm({ action, ...alarm }: AlarmRequest): AlarmResponse {
    const { alarms, revision } = this.#state;
    const found = action === 'activate' ? alarms.activate(alarm) : alarms.deactivate(alarm);
    this.write([{ key: alarmKey(alarm), value: action === 'activate' ? noBytes : undefined }]);
    return { revision, alarms: found === undefined ? [] : [found] };
  }
}
