import { pick, type Random, randomInt } from '@flotilla/base';
import type { ConfChangeStep } from '@flotilla/raft';
import type { EventQueue } from './event-queue.js';
import type { Network } from './network.js';
import type { Packet, SimMember } from './sim-member.js';

export interface NemesisOptions {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly members: readonly SimMember[];
  readonly network: Network<Packet>;
  /** Also changes who votes and who learns. */
  readonly changesMembers: boolean;
}

type Action = (nemesis: NemesisOptions) => void;

/** Breaks one thing after the other, at random instants, and mends some of them again. */
export class Nemesis {
  readonly #options: NemesisOptions;
  #stopped = false;

  constructor(options: NemesisOptions) {
    this.#options = options;
    this.#next();
  }

  /** Mends everything. */
  stop(): void {
    this.#stopped = true;
    this.#options.network.heal();
    for (const member of this.#options.members) if (!member.up) member.start();
  }

  #next(): void {
    const { queue, random } = this.#options;
    queue.after(randomInt(random, 50, 600), () => {
      if (this.#stopped) return;
      pick(random, actions)(this.#options);
      this.#next();
    });
  }
}

const actions: readonly Action[] = [
  crashOne,
  crashOne,
  crashLeader,
  restartAll,
  splitInTwo,
  isolateLeader,
  noise,
  ({ network }) => network.heal(),
  moveLeader,
  electionStorm,
  electionStorm,
  changeMembers,
  changeMembers,
  falseAlarm,
];

function crashOne({ queue, random, members }: NemesisOptions): void {
  const member = pick(random, members);
  if (member.up) crashFor(queue, random, member);
}

function crashLeader({ queue, random, members }: NemesisOptions): void {
  const leader = members.find((member) => member.up && member.leading);
  if (leader === undefined) return;
  crashFor(queue, random, leader);
  for (const member of members) member.reportLeaderLost(leader.id);
}

function restartAll({ queue, random, members }: NemesisOptions): void {
  for (const member of members) if (member.up) crashFor(queue, random, member);
}

function crashFor(queue: EventQueue, random: Random, member: SimMember): void {
  member.crash();
  queue.after(randomInt(random, 0, 500), () => {
    if (!member.up) member.start();
  });
}

function splitInTwo({ random, members, network }: NemesisOptions): void {
  const left = members.filter(() => random.next() < 0.5).map((member) => member.id);
  network.partition([left, members.map((member) => member.id).filter((id) => !left.includes(id))]);
}

function isolateLeader({ members, network }: NemesisOptions): void {
  const leader = members.find((member) => member.up && member.leading);
  if (leader !== undefined) network.partition([members.map((member) => member.id).filter((id) => id !== leader.id)]);
}

function noise({ random, network }: NemesisOptions): void {
  const maxDelayMs = pick(random, [5, 50, 200]);
  network.faults = { dropRate: random.next() * 0.3, duplicateRate: random.next() * 0.3, minDelayMs: 1, maxDelayMs };
}

function moveLeader({ random, members }: NemesisOptions): void {
  members.find((member) => member.up && member.leading)?.transferLeadership(pick(random, members).id);
}

/** The leader dies, the others campaign at the same moment, and the old leader comes back to vote, twice. */
function electionStorm({ queue, random, members, network }: NemesisOptions): void {
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
function changeMembers({ random, members, changesMembers }: NemesisOptions): void {
  const leader = members.find((member) => member.up && member.leading);
  if (!changesMembers || leader === undefined) return;
  const steps = members
    .filter(() => random.next() < 0.4)
    .map(({ id }): ConfChangeStep => ({ type: pick(random, ['add-voter', 'add-voter', 'add-learner', 'remove']), node: id }));
  if (steps.length > 0) leader.changeMembers(steps);
}

/** Members may believe at any time that they lost their leader: that must never do more than cost an election. */
function falseAlarm({ random, members }: NemesisOptions): void {
  const suspect = pick(random, members).id;
  for (const member of members) if (random.next() < 0.7) member.reportLeaderLost(suspect);
}
