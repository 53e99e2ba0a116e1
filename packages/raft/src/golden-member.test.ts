import {
  type ConfState,
  decodeConfChange,
  type Entry,
  type Fence,
  type HardState,
  type Message,
  type NodeId,
  RaftNode,
  type Ready,
  type Role,
  type Write,
} from './index.js';

/** Part of the golden tests (golden.test.ts): one member with a disk, that tells in words what it does. */
export class GoldenMember {
  readonly id: NodeId;
  readonly #disk: {
    hardState: HardState;
    entries: Entry[];
    logStart: { index: number; term: number };
    applied: number;
    conf: ConfState;
    state: string[];
    fence?: Fence;
  };
  #raft: RaftNode | undefined;
  #role: Role = 'follower';
  #staged: { index: number; state: string[] } | undefined;

  constructor(id: NodeId, conf: ConfState) {
    this.id = id;
    // Founders begin as if they had agreed on the membership in entry 1; who joins later knows nothing.
    const begin = conf.voters.length > 0 ? 1 : 0;
    const hardState = { term: begin, vote: 0n, commit: begin };
    this.#disk = { hardState, entries: [], logStart: { index: begin, term: begin }, applied: begin, conf, state: [] };
    this.restart();
  }

  get up(): boolean {
    return this.#raft !== undefined;
  }

  get raft(): RaftNode {
    if (this.#raft === undefined) throw new Error(`member ${this.id} is down`);
    return this.#raft;
  }

  get state(): readonly string[] {
    return this.#disk.state;
  }

  get log(): readonly Entry[] {
    return this.#disk.entries;
  }

  get logStart(): { index: number; term: number } {
    return this.#disk.logStart;
  }

  restart(): void {
    const { hardState, entries, logStart, applied, conf, fence } = this.#disk;
    const limits = {
      ...{ appendBytesMax: 100, entryBytesMax: 200, inflightMessagesMax: 3, inflightBytesMax: 10_000 },
      ...{ uncommittedBytesMax: 500, committedBytesMax: 1_000 },
    };
    // No luck in a story: each has a timeout of its own, 5, 6 and 8 ticks for the first three.
    const random = { next: () => (Number(this.id - 1n) * 0.3) % 1 };
    const restored = { hardState, entries, logStart, applied, conf, ...(fence === undefined ? {} : { fence }) };
    this.#raft = new RaftNode({ id: this.id, electionTicks: 5, heartbeatTicks: 1, random, restored, limits });
    this.#role = 'follower';
  }

  crash(): void {
    this.#raft = undefined;
  }

  /** The disk loses the log and the state from `index` on, and knows how far it had acknowledged. */
  damage(index: number): void {
    const disk = this.#disk;
    const last = disk.entries.at(-1) ?? disk.logStart;
    disk.fence = { term: last.term, index: last.index };
    disk.entries = disk.entries.filter((entry) => entry.index < index);
    const kept = disk.entries.at(-1)?.index ?? disk.logStart.index;
    disk.state = disk.state.slice(0, Math.max(0, disk.state.length - Math.max(0, disk.applied - kept)));
    disk.applied = Math.min(disk.applied, kept);
    disk.hardState = { ...disk.hardState, commit: Math.min(disk.hardState.commit, kept) };
  }

  compact(index: number): void {
    this.#disk.logStart = this.raft.compact(index);
    this.#disk.entries = this.#disk.entries.filter((entry) => entry.index > index);
  }

  step(message: Message, state?: readonly string[]): void {
    if (this.#raft === undefined) return;
    if (message.type === 'snapshot') this.#staged = { index: message.snapshot.index, state: [...(state ?? [])] };
    this.#raft.step(message);
  }

  /** Does what every Ready asks for. @returns the messages to send */
  work(tell: (line: string) => void): Message[] {
    const messages: Message[] = [];
    if (this.#raft === undefined) return messages;
    for (let ready = this.#raft.ready(); ready !== undefined; ready = this.#raft.ready()) {
      this.#tellRole(ready, tell);
      if (ready.write !== undefined) this.#persist(ready.write);
      this.#apply(ready, tell);
      messages.push(...ready.messages, ...(ready.write?.messages ?? []));
      this.#raft.advance(ready);
      if (ready.write !== undefined) this.#raft.persisted(ready.write);
      for (const { context, index } of ready.readStates) tell(`${this.id} may answer read ${context} once ${index} is applied`);
    }
    return messages;
  }

  #persist({ hardState, entries, snapshot }: Write): void {
    const disk = this.#disk;
    if (snapshot !== undefined) {
      disk.state = this.#staged?.state ?? [];
      disk.entries = [];
      disk.logStart = snapshot;
      disk.applied = snapshot.index;
      disk.conf = snapshot.conf;
    }
    const first = entries[0];
    if (first !== undefined) disk.entries = [...disk.entries.filter((entry) => entry.index < first.index), ...entries];
    disk.hardState = hardState;
  }

  #tellRole({ softState, write }: Ready, tell: (line: string) => void): void {
    const snapshot = write?.snapshot;
    if (snapshot !== undefined) tell(`${this.id} installs the snapshot at ${snapshot.index}/${snapshot.term}`);
    if (softState === undefined) return;
    const { term } = this.raft.status();
    if (softState.role !== this.#role) tell(`${this.id} becomes ${softState.role} in term ${term}`);
    else if (softState.role === 'follower' && softState.leader !== 0n)
      tell(`${this.id} follows ${softState.leader} in term ${term}`);
    else if (softState.role === 'follower') tell(`${this.id} knows no leader in term ${term}`);
    this.#role = softState.role;
  }

  #apply(ready: Ready, tell: (line: string) => void): void {
    for (const entry of ready.committed) {
      const text = describeEntry(entry);
      tell(`${this.id} applies ${text}`);
      if (entry.type === 'conf-change') {
        this.#disk.conf = this.raft.applyConfChange(decodeConfChange(entry.data));
        tell(`${this.id} now has ${describeConf(this.#disk.conf)}`);
      } else if (entry.data.length > 0) this.#disk.state.push(Buffer.from(entry.data).toString());
      this.#disk.applied = entry.index;
    }
  }
}

export function describeEntry(entry: Entry): string {
  const at = `${entry.index}/${entry.term}`;
  if (entry.type === 'normal') return entry.data.length === 0 ? `${at} (empty)` : `${at} "${Buffer.from(entry.data)}"`;
  const { steps } = decodeConfChange(entry.data);
  return `${at} ${steps.length === 0 ? 'leave joint' : steps.map(({ type, node }) => `${type} ${node}`).join(', ')}`;
}

export function describeConf({ voters, votersOutgoing, learners, learnersNext }: ConfState): string {
  const parts = [`voters ${voters.join(' ')}`];
  if (votersOutgoing.length > 0) parts.push(`outgoing ${votersOutgoing.join(' ')}`);
  if (learners.length > 0) parts.push(`learners ${learners.join(' ')}`);
  if (learnersNext.length > 0) parts.push(`next learners ${learnersNext.join(' ')}`);
  return parts.join(', ');
}

export function describeMessage(message: Message): string {
  const head = `${message.from}→${message.to} ${message.type}`;
  const term = message.term === 0 ? '' : ` term ${message.term}`;
  switch (message.type) {
    case 'append': {
      const entries = message.entries.map(describeEntry).join(', ');
      return `${head}${term} after ${message.prevIndex}/${message.prevTerm} commit ${message.commit}${entries && `: ${entries}`}`;
    }
    case 'append-response':
      return message.reject
        ? `${head}${term} refuses ${message.index}, hint ${message.hintIndex}/${message.hintTerm}${message.lost ? ', has lost entries' : ''}`
        : `${head}${term} has ${message.index}`;
    case 'commit':
      return `${head}${term} ${message.index}/${message.indexTerm}`;
    case 'vote':
      return `${message.from}→${message.to} ${message.preVote ? 'pre-vote' : 'vote'}${term} last ${message.lastIndex}/${message.lastTerm}${message.transfer ? ' (transfer)' : ''}`;
    case 'vote-response':
      return `${message.from}→${message.to} ${message.preVote ? 'pre-vote' : 'vote'}-response${term} ${message.reject ? 'no' : 'yes'}`;
    case 'heartbeat':
      return `${head}${term} commit ${message.commit} round ${message.readRound}`;
    case 'heartbeat-response':
      return `${head}${term} round ${message.readRound}`;
    case 'snapshot':
      return `${head}${term} at ${message.snapshot.index}/${message.snapshot.term}`;
    case 'propose':
      return `${head}${term} "${Buffer.from(message.data)}"`;
    case 'read-index':
      return `${head} ${message.context}`;
    case 'read-index-response':
      return `${head}${term} ${message.context} at ${message.index}`;
    case 'transfer-leader':
      return `${head} to ${message.target}`;
    case 'timeout-now':
      return `${head}${term}`;
  }
}
