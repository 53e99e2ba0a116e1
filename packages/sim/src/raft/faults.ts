import { pick, type Random, randomInt } from '@flotilla/base';
import type { ConfChangeStep } from '@flotilla/raft';
import type { EventQueue } from '../event-queue.js';
import { cutOneWay, type Fault, isolate, noise, splitInTwo } from '../nemesis.js';
import type { Network } from '../network.js';
import type { Packet, SimMember } from './sim-member.js';

export interface RaftFaultOptions {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly members: readonly SimMember[];
  readonly network: Network<Packet>;
  /** Also changes who votes and who learns. */
  readonly changesMembers: boolean;
}

/** What can go wrong in a cluster of Raft cores; what is here twice goes wrong twice as often. */
export function raftFaults(options: RaftFaultOptions): readonly Fault[] {
  const { random, network, members } = options;
  const ids = members.map(({ id }) => id);
  return [
    ...[crashOne, crashOne, crashLeader, restartAll, isolateLeader, moveLeader].map((fault) => () => fault(options)),
    ...[electionStorm, electionStorm, changeMembers, changeMembers, falseAlarm].map((fault) => () => fault(options)),
    () => splitInTwo(network, random, ids),
    () => cutOneWay(network, random, ids),
    () => noise(network, random),
    () => network.heal(),
  ];
}

function crashOne({ queue, random, members }: RaftFaultOptions): void {
  const member = pick(random, members);
  if (member.up) crashFor(queue, random, member);
}

function crashLeader({ queue, random, members }: RaftFaultOptions): void {
  const leader = members.find((member) => member.up && member.leading);
  if (leader === undefined) return;
  crashFor(queue, random, leader);
  for (const member of members) member.reportLeaderLost(leader.id);
}

function restartAll({ queue, random, members }: RaftFaultOptions): void {
  for (const member of members) if (member.up) crashFor(queue, random, member);
}

function crashFor(queue: EventQueue, random: Random, member: SimMember): void {
  member.crash();
  queue.after(randomInt(random, 0, 500), () => {
    if (!member.up) member.start();
  });
}

function isolateLeader({ members, network }: RaftFaultOptions): void {
  const leader = members.find((member) => member.up && member.leading);
  if (leader === undefined) return;
  isolate(
    network,
    leader.id,
    members.map(({ id }) => id),
  );
}

function moveLeader({ random, members }: RaftFaultOptions): void {
  members.find((member) => member.up && member.leading)?.transferLeadership(pick(random, members).id);
}

/** The leader dies, the others campaign at the same moment, and the old leader comes back to vote, twice. */
function electionStorm({ queue, random, members, network }: RaftFaultOptions): void {
  const leader = members.find((member) => member.up && member.leading);
  if (leader === undefined) return;
  network.faults = { dropRate: 0, duplicateRate: 0, minDelayMs: 1, maxDelayMs: 30 };
  const reboot = () => {
    if (leader.up) leader.crash();
    queue.after(randomInt(random, 1, 10), () => {
      if (!leader.up) leader.start();
    });
  };
  reboot();
  queue.after(12, () => {
    for (const member of members) {
      member.reportLeaderLost(leader.id);
      if (member !== leader) member.campaign();
    }
  });
  queue.after(randomInt(random, 20, 90), reboot);
}

/** Asks the leader for another set of voters and learners: any number of steps, so mostly through a joint configuration. */
function changeMembers({ random, members, changesMembers }: RaftFaultOptions): void {
  const leader = members.find((member) => member.up && member.leading);
  if (!changesMembers || leader === undefined) return;
  const steps = members
    .filter(() => random.next() < 0.4)
    .map(({ id }): ConfChangeStep => ({ type: pick(random, ['add-voter', 'add-voter', 'add-learner', 'remove']), node: id }));
  if (steps.length > 0) leader.changeMembers(steps);
}

/** Members may believe at any time that they lost their leader: that must never do more than cost an election. */
function falseAlarm({ random, members }: RaftFaultOptions): void {
  const suspect = pick(random, members).id;
  for (const member of members) if (random.next() < 0.7) member.reportLeaderLost(suspect);
}
