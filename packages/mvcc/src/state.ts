import { defined } from '@flotilla/base';
import { AlarmSet } from './alarm-set.js';
import { authPrefix, restoreAuth } from './auth/auth-record.js';
import { AuthState } from './auth/auth-state.js';
import type { Backend } from './backend.js';
import { binaryString } from './bytes.js';
import { KeyIndex } from './key-index.js';
import { LeaseSet } from './lease-set.js';
import type { KeyValue } from './model.js';
import type { ReadView } from './read-view.js';
import { decodeChange, decodeRecord, type KeyRevision, revisionKey, type StateRecord, stateEnd, stateStart } from './record.js';

/** What the store holds in memory: the index, the leases, the alarms, users and roles, and a few counters. Values stay in the backend. */
export class State implements ReadView {
  readonly index = new KeyIndex();
  readonly leases = new LeaseSet();
  readonly alarms = new AlarmSet();
  readonly auth = new AuthState();
  readonly backend: Backend;
  /** A store starts at revision 1, as in etcd: the first change makes revision 2. */
  revision = 1;
  /** -1 before the first compaction, as in etcd, where compacting revision 0 counts as one. */
  compactRevision = -1;
  scrubbedRevision = -1;
  appliedIndex = 0;
  /** All remembered changes: their records' bytes, and how many they are. */
  bytes = 0;
  changes = 0;

  constructor(backend: Backend) {
    this.backend = backend;
  }

  load(revision: KeyRevision): KeyValue {
    return decodeChange(revision.main, this.record(revision.main, revision.sub));
  }

  record(main: number, sub: number): Uint8Array {
    return defined(this.backend.get(revisionKey(main, sub)), `revision ${main}/${sub} of the index is in the backend`);
  }

  /** All changes of a revision that has not been compacted, in order. */
  changesAt(revision: number): readonly { readonly key: string; readonly kv: KeyValue }[] {
    const changes: { key: string; kv: KeyValue }[] = [];
    for (let sub = 0; ; sub++) {
      const record = this.backend.get(revisionKey(revision, sub));
      if (record === undefined) return changes;
      const kv = decodeChange(revision, record);
      changes.push({ key: binaryString(kv.key), kv });
    }
  }

  previous(key: string, revision: number): KeyValue | undefined {
    const before = this.index.get(key)?.before(revision);
    return before === undefined ? undefined : this.load(before);
  }
}

/** Reads the whole backend once, in order. */
export async function loadState(backend: Backend): Promise<State> {
  const state = new State(backend);
  for await (const page of backend.pages(stateStart, stateEnd)) {
    for (const [key, value] of page) {
      if (key[0] === authPrefix) restoreAuth(state.auth, key, value);
      else take(state, decodeRecord(key, value), value.length);
    }
  }
  state.index.visit({ start: '', end: undefined, single: false }, (history) => {
    const live = history.at(state.revision);
    if (live !== undefined && live.lease !== undefined) state.leases.bind(history.key, live.lease);
    return true;
  });
  return state;
}

function take(state: State, record: StateRecord | undefined, bytes: number): void {
  if (record === undefined) return;
  if (record.kind === 'meta') Object.assign(state, record.meta);
  else if (record.kind === 'lease') state.leases.restore(record.lease);
  else if (record.kind === 'alarm') state.alarms.activate(record.alarm);
  else {
    const { main, sub, head } = record;
    const { createRevision, version } = head;
    const lease = head.lease === 0n ? {} : { lease: head.lease };
    state.index.push(binaryString(head.key), { main, sub, createRevision, version, bytes, ...lease });
    state.bytes += bytes;
    state.changes++;
  }
}
