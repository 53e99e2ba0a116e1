import { assert, type Random, randomInt, seededRandom } from '@flotilla/base';
import type { NodeId } from '@flotilla/raft';
import { RaftChecker } from '../checkers/raft.js';
import { checkLinearizable, type Operation } from '../checkers/register.js';
import { EventQueue } from '../event-queue.js';
import { Nemesis } from '../nemesis.js';
import { Network } from '../network.js';
import { Client } from './clients.js';
import { type AppliedState, Disk } from './disk.js';
import { raftFaults } from './faults.js';
import { type Packet, SimMember } from './sim-member.js';

/** Bugs to plant, so that the checkers can show that they would notice. */
export type Mutation = 'skip-sync' | 'forget-vote' | 'forget-term' | 'acknowledge-early' | 'read-stale';

export interface SimulationOptions {
  readonly seed: number;
  readonly members: number;
  /** So many of them are no members at first: then the membership changes at random as well, one or several at a time. */
  readonly spares?: number;
  /** Virtual time under faults; a calm time to recover comes on top. */
  readonly durationMs: number;
  readonly mutation?: Mutation;
}

export interface SimulationResult {
  readonly committed: number;
  readonly operations: number;
  readonly leaders: number;
}

const clientCount = 4;
const recoveryMs = 4_000;

/**
 * Runs a cluster of Raft members through faults. The same options always give the same history.
 * @throws AssertionError that names the promise that was broken
 */
export function simulate(options: SimulationOptions): SimulationResult {
  const random = seededRandom(options.seed);
  const queue = new EventQueue();
  const checkers = new RaftChecker();
  const operations: Operation[] = [];
  const network = new Network<Packet>(queue, random, (to, packet) => members.find(({ id }) => id === to)?.receive(packet));
  const members = createMembers(options, queue, random, network, checkers);
  for (const member of members) member.start();
  const acknowledgeEarly = options.mutation === 'acknowledge-early';
  const readStale = options.mutation === 'read-stale';
  const clientOptions = { queue, random, members, operations, acknowledgeEarly, readStale };
  const clients = Array.from({ length: clientCount }, (_, i) => new Client(i + 1, clientOptions));
  const changesMembers = (options.spares ?? 0) > 0;
  const faults = raftFaults({ queue, random, members, network, changesMembers });
  const nemesis = new Nemesis(queue, random, faults, { minMs: 50, maxMs: 600 });
  queue.runUntil(options.durationMs);
  nemesis.stop();
  network.heal();
  for (const member of members) if (!member.up) member.start();
  queue.runUntil(options.durationMs + recoveryMs);
  for (const client of clients) client.stop();
  queue.runUntil(options.durationMs + recoveryMs + 1_000);
  let alive = false;
  members.find((member) => member.leading)?.propose('probe=1', () => (alive = true));
  queue.runUntil(options.durationMs + recoveryMs + 2_000);
  assert(alive, 'recovery: the cluster takes a write');
  checkRecovered(members);
  checkLinearizable(operations);
  return { committed: checkers.committedCount, operations: operations.length, leaders: checkers.terms };
}

function createMembers(
  { members: count, spares = 0, mutation }: SimulationOptions,
  queue: EventQueue,
  random: Random,
  network: Network<Packet>,
  checkers: RaftChecker,
): SimMember[] {
  const ids = Array.from({ length: count }, (_, i): NodeId => BigInt(i + 1));
  const conf = { voters: ids.slice(0, count - spares), votersOutgoing: [], learners: [], learnersNext: [] };
  // Founders begin as if they had agreed on the membership in entry 1; who joins later knows nothing.
  const founder: AppliedState = { index: 1, term: 1, conf, values: new Map() };
  const stranger: AppliedState = { index: 0, term: 0, conf: { ...conf, voters: [] }, values: new Map() };
  return ids.map((id) => {
    const own = seededRandom(randomInt(random, 0, 2 ** 31));
    const skipSync = mutation === 'skip-sync';
    const forgets = { forgetVote: mutation === 'forget-vote', forgetTerm: mutation === 'forget-term' };
    const faults = { minSyncMs: 0, maxSyncMs: 5, skipSync, ...forgets };
    const disk = new Disk(queue, own, faults, conf.voters.includes(id) ? founder : stranger);
    // A forwarded proposal that arrived twice would be two proposals.
    const send = (to: NodeId, packet: Packet) => network.send(id, to, packet, packet.message.type === 'propose');
    return new SimMember({ id, queue, random: own, disk, checkers, send });
  });
}

/** Once everything is mended, the cluster works again and its members agree. */
function checkRecovered(members: readonly SimMember[]): void {
  assert(members.filter((member) => member.leading).length === 1, 'recovery: one member leads');
  const first = members.find((member) => member.leading);
  const conf = first?.applied.conf;
  const belongs = (id: NodeId) => conf?.voters.includes(id) || conf?.learners.includes(id);
  for (const member of members.filter(({ id }) => belongs(id))) {
    assert(member.applied.index === first?.applied.index, `recovery: ${member.id} applied as far as ${first?.id}`);
    const same = [...member.applied.values].every(([key, value]) => first.applied.values.get(key) === value);
    assert(same, `recovery: ${member.id} has the values of ${first.id}`);
  }
}
