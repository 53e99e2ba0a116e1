import type { AbortSignalLike, Clock, Logger } from '@flotilla/base';
import type { Entry, RaftNode } from '@flotilla/raft';
import { slowApplyMs } from '../limits.js';
import type { StateMachine } from '../member.js';
import { AttributePublisher, type Attributes } from './attributes.js';
import { decodeEntryData, type EntryData, encodeEntryData } from './entry-data.js';
import { formatId, parseId } from './ids.js';
import type { MemberStorage } from './member-storage.js';
import type { Proposals } from './proposals.js';

export interface LogEntriesOptions<S extends StateMachine<unknown>> {
  readonly self: { readonly id: bigint } & Attributes;
  readonly raft: RaftNode;
  readonly storage: MemberStorage;
  readonly machine: S;
  readonly proposals: Proposals<unknown>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Something was given to Raft. */
  readonly wake: () => void;
  /** Members are to be found elsewhere now. */
  readonly onRelocated: () => void;
}

interface Relocation {
  readonly id: string;
  readonly peerUrls: readonly string[];
}

/** What stands in the log beside changes of the membership: clients' commands, and what members say of where they are. */
export class LogEntries<S extends StateMachine<unknown>> {
  readonly #options: LogEntriesOptions<S>;
  readonly attributes: AttributePublisher;
  /** For metrics. */
  slowApplies = 0;

  constructor(options: LogEntriesOptions<S>) {
    this.#options = options;
    const publish = (payload: Uint8Array) => this.#propose('publish', payload);
    this.attributes = new AttributePublisher(options.self, options.storage, publish, options.log);
  }

  command(payload: Uint8Array, signal?: AbortSignalLike): Promise<ReturnType<S['apply']>> {
    return this.#propose('command', payload, signal) as Promise<ReturnType<S['apply']>>; // what `apply` answered to this very command
  }

  async relocate(id: bigint, peerUrls: readonly string[]): Promise<void> {
    const relocation: Relocation = { id: formatId(id), peerUrls };
    await this.#propose('relocate', Buffer.from(JSON.stringify(relocation)));
  }

  /** It was committed. */
  apply({ index, data }: Entry): void {
    const { self, machine, proposals, clock } = this.#options;
    const { kind, proposer, id, payload } = decodeEntryData(data);
    let result: unknown;
    const beganMs = clock.monotonicMs();
    if (kind === 'command') result = machine.apply(index, payload);
    else if (kind === 'publish') this.attributes.apply(payload);
    else this.#relocated(payload);
    if (clock.monotonicMs() - beganMs > slowApplyMs) this.slowApplies++;
    if (proposer === self.id) proposals.applied(id, result);
  }

  #propose(kind: EntryData['kind'], payload: Uint8Array, signal?: AbortSignalLike): Promise<unknown> {
    const { self, raft, proposals, wake } = this.#options;
    const submit = (id: bigint) => {
      const result = raft.propose(encodeEntryData({ kind, proposer: self.id, id, payload }));
      wake();
      return result === 'appended' || result === 'forwarded' ? raft.term : undefined;
    };
    return proposals.add(submit, signal);
  }

  #relocated(payload: Uint8Array): void {
    const { storage, onRelocated } = this.#options;
    const { id, peerUrls } = JSON.parse(Buffer.from(payload).toString()) as Relocation; // made by `relocate`
    storage.membership.relocated(parseId(id), peerUrls);
    storage.membershipChanged = true;
    onRelocated();
  }
}
