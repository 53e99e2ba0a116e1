import { compareBytes, type KeyValue, prefixEnd, StoreError, type Watcher, type WatchRequest } from '@flotilla/mvcc';
import type { Call, Operation, StreamOperation, StreamSession, StreamSink } from './call.js';
import { asOwnClient, awaitTurn, enter, holder, leave, prefixOf, transact, unclassified } from './contenders.js';
import { asBuffer, header, keyValue } from './responses.js';
import { bytesField, countField, idField, messageField, type Wire } from './wire.js';

/** Answers when the lease leads `name`. Its value is proclaimed at once, and counts when its turn comes. */
export const campaign: Operation = asOwnClient(async (call, request) => {
  const name = bytesField(request, 'name');
  const value = bytesField(request, 'value');
  const contender = await enter(call, name, idField(request, 'lease'), value);
  const { key, lease, createRevision, before } = contender;
  if (before !== undefined && compareBytes(before.value, value) !== 0) await put(call, { key, lease, createRevision }, value);
  await awaitTurn(call, contender, 'etcdserver: requested lease not found');
  const leader = { name: asBuffer(name), key: asBuffer(key), rev: String(createRevision), lease: String(lease) };
  return { header: header(call.service, contender.revision), leader };
});

export const proclaim: Operation = asOwnClient(async (call, request) => {
  const revision = await put(call, leaderField(request), bytesField(request, 'value'));
  return { header: header(call.service, revision) };
});

export const leader: Operation = asOwnClient(async (call, request) => {
  const { kv, revision } = await holder(call, prefixOf(bytesField(request, 'name')));
  if (kv === undefined) throw new StoreError('unclassified', 'election: no leader');
  return { header: header(call.service, revision), kv: keyValue(kv) };
});

/** Makes room for the next one. Who does not lead any more resigns in vain, and is not told so. */
export const resign: Operation = asOwnClient(async (call, request) => {
  return { header: header(call.service, await leave(call, leaderField(request))) };
});

export const observe: StreamOperation = (call, sink) => new ObserveSession(call, sink);

interface LeaderKey {
  readonly key: Uint8Array;
  readonly createRevision: number;
  readonly lease: bigint;
}

/** What a campaign was answered with. */
function leaderField(request: Wire): LeaderKey {
  const leader = messageField(request, 'leader');
  if (leader === undefined) throw new StoreError('unclassified', '"leader" field must be provided');
  return { key: bytesField(leader, 'key'), createRevision: countField(leader, 'rev'), lease: idField(leader, 'lease') };
}

async function put(call: Call, leaderKey: LeaderKey, value: Uint8Array): Promise<number> {
  const { key, lease } = leaderKey;
  const { succeeded, revision } = await transact(call, leaderKey, [{ put: { key, value, lease } }], []);
  if (!succeeded) throw new StoreError('unclassified', 'election: not leader');
  return revision;
}

/** Tells who leads and what it proclaims, from the present leader on; may skip leaders that were gone quickly. */
class ObserveSession implements StreamSession {
  readonly #call: Call;
  readonly #sink: StreamSink;
  #prefix: Uint8Array | undefined;
  #watcher: Watcher | undefined;
  #room = true;
  #closed = false;

  constructor(call: Call, sink: StreamSink) {
    this.#call = call;
    this.#sink = sink;
  }

  request(message: Wire): void {
    if (this.#prefix !== undefined) return;
    this.#prefix = prefixOf(bytesField(message, 'name'));
    this.#find(this.#prefix);
  }

  drained(): void {
    this.#room = true;
    this.#watcher?.resume();
  }

  requestsEnded(): void {}

  close(): void {
    this.#closed = true;
    this.#watcher?.cancel();
  }

  #find(prefix: Uint8Array): void {
    this.#watcher?.cancel();
    this.#watcher = undefined;
    holder(this.#call, prefix).then(
      ({ kv, revision }) => {
        if (this.#closed) return;
        if (kv === undefined) this.#awaitFirst(prefix, revision + 1);
        else this.#follow(prefix, kv, revision);
      },
      (error: unknown) => this.#closed || this.#sink.fail(unclassified(error)),
    );
  }

  #awaitFirst(prefix: Uint8Array, startRevision: number): void {
    const request = { key: prefix, rangeEnd: prefixEnd(prefix), startRevision, filters: ['nodelete'] } as const;
    this.#watch(request, (kv) => this.#follow(prefix, kv, kv.modRevision));
  }

  /** @param revision what is told of the leader holds as of it */
  #follow(prefix: Uint8Array, kv: KeyValue, revision: number): void {
    this.#tell(kv, revision);
    this.#watch({ key: kv.key, startRevision: revision + 1 }, (change) => {
      if (change.version === 0) this.#find(prefix);
      else this.#tell(change, change.modRevision);
    });
  }

  #tell(kv: KeyValue, revision: number): void {
    this.#room = this.#sink.send({ header: header(this.#call.service, revision), kv: keyValue(kv) });
  }

  /** @param onChange may start another watch, or a search, in this one's place */
  #watch(request: WatchRequest, onChange: (kv: KeyValue) => void): void {
    this.#watcher?.cancel();
    const watcher = this.#call.service.store.watch(request, {
      deliver: ({ events }) => {
        for (const { kv } of events) if (this.#watcher === watcher) onChange(kv);
        return this.#room;
      },
      cancelled: () => this.#sink.end(), // compacted: it has fallen too far behind
    });
    this.#watcher = watcher;
  }
}
