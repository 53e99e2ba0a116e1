import { pick, type Random, randomInt } from '@flotilla/base';
import { isStoreError } from '@flotilla/mvcc';
import { cutOneWay, type EventQueue, type Fault, healthyDisk, isolate, noise, splitInTwo } from '@flotilla/sim';
import type { ClusterMember } from '../member.js';
import type { Cluster } from './cluster.js';
import { request } from './connection.js';
import type { Recorder } from './recorder.js';
import type { Life, SimMember } from './sim-member.js';

export interface FaultOptions {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly cluster: Cluster;
  readonly recorder: Recorder;
}

/** How many times as fast as true time a member's monotonic clock may run: far beyond what real quartz does. */
export const clockRates = { min: 0.9, max: 1.1 } as const;
const wallJumpMs = 3_600_000;
/** Some writes fit, others do not. */
const littleBytes = 5_000;
const votersMax = 5;

/** One kind of fault: how often, relative to the others, and to whom. */
interface Kind {
  readonly weight: number;
  /** Undefined: to the cluster as a whole. `frail`: always the same member. Any other: any running one. */
  readonly to?: 'one' | 'leader' | 'frail';
  readonly harm: (options: FaultOptions, member: SimMember) => void;
}

const kinds = {
  crash: { weight: 1, to: 'one', harm: crashFor },
  'crash in a durable step': { weight: 2, to: 'one', harm: crashInDurableStep },
  'crash of the leader': { weight: 1, to: 'leader', harm: crashFor },
  'power cut': { weight: 1, harm: powerCut },
  partition: { weight: 1, harm: ({ cluster, random }) => splitInTwo(cluster.network, random, cluster.ids) },
  'isolated leader': { weight: 1, to: 'leader', harm: ({ cluster }, { id }) => isolate(cluster.network, id, cluster.ids) },
  'one-way partition': { weight: 1, harm: ({ cluster, random }) => cutOneWay(cluster.network, random, cluster.ids) },
  noise: { weight: 1, harm: ({ cluster, random }) => noise(cluster.network, random) },
  'healed network': { weight: 2, harm: ({ cluster }) => cluster.network.heal() },
  pause: { weight: 1, to: 'one', harm: pauseFor },
  'pause of the leader': { weight: 1, to: 'leader', harm: pauseFor },
  'slow disk': { weight: 1, to: 'one', harm: slowDiskFor },
  'full disk': { weight: 1, to: 'one', harm: fullDiskFor },
  'flipped bit': { weight: 2, to: 'frail', harm: flipBit },
  'upset clock': { weight: 2, to: 'one', harm: upsetClocks },
  'move of the leader': { weight: 1, to: 'leader', harm: moveLeader },
  'membership change': { weight: 1, harm: changeMembers },
  // No fault, but it rewrites the log and lets go of what followers might want.
  defragmentation: { weight: 1, to: 'one', harm: (options, member) => ask(options, member, ({ node }) => node.defragment()) },
} satisfies Readonly<Record<string, Kind>>;

export type FaultKind = keyof typeof kinds;

/** Everything that is done to the cluster, as often as its weight says. @param only these kinds, equally often */
export function storeFaults(options: FaultOptions, only?: readonly FaultKind[]): readonly Fault[] {
  const { cluster, random, recorder } = options;
  // What a quorum has lost, nobody can give back: only one member's disk is ever damaged.
  const frail = pick(random, cluster.members);
  const chosen = (to: Kind['to']): SimMember | undefined => {
    if (to === 'leader') return cluster.leader;
    if (to === 'frail') return frail.host.running ? frail : undefined;
    const running = cluster.members.filter(({ host }) => host.running);
    return running.length === 0 ? undefined : pick(random, running);
  };
  const wanted: [string, Kind][] = only?.map((name) => [name, { ...kinds[name], weight: 1 }]) ?? Object.entries(kinds);
  return wanted.flatMap(([name, { weight, to, harm }]) =>
    Array.from(
      { length: weight },
      (): Fault => () => {
        const member = chosen(to);
        if (member === undefined) return;
        recorder.fault(name, to === undefined ? '' : member.name);
        harm(options, member);
      },
    ),
  );
}

/** Everything works again, except that clocks go on as they like. */
export function mend({ network, members }: Cluster): void {
  network.heal();
  for (const member of members) {
    member.disk.mend();
    member.host.resume();
    member.start();
  }
}

function later({ queue, random }: FaultOptions, fromMs: number, toMs: number, then: () => void): void {
  queue.after(randomInt(random, fromMs, toMs), then);
}

function revive(options: FaultOptions, member: SimMember): void {
  later(options, 20, 1_500, () => member.start());
}

function crashFor(options: FaultOptions, member: SimMember): void {
  member.crash(options.random.next() < 0.5);
  revive(options, member);
}

function crashInDurableStep(options: FaultOptions, member: SimMember): void {
  const phase = pick(options.random, ['before', 'during', 'after'] as const);
  member.disk.crashAt(randomInt(options.random, 1, 8), phase, () => {
    member.crash(true);
    revive(options, member);
  });
}

function powerCut(options: FaultOptions): void {
  for (const member of options.cluster.members) {
    if (!member.host.running) continue;
    member.crash(true);
    revive(options, member);
  }
}

function pauseFor(options: FaultOptions, { host }: SimMember): void {
  host.pause();
  later(options, 100, 3_000, () => host.resume());
}

/** Damages what the disk had already taken, and mostly has the member read it again. */
function flipBit(options: FaultOptions, member: SimMember): void {
  const { random, recorder } = options;
  const where = random.next() < 0.5 ? member.files.flipBit() : member.database.flipBit();
  member.damaged = true;
  recorder.note(member.name, `has a flipped bit: ${where}`);
  if (random.next() < 0.7) crashFor(options, member);
}

/** Now stalls of seconds, now slow all the time. */
function slowDiskFor(options: FaultOptions, { disk }: SimMember): void {
  const stalls = options.random.next() < 0.5;
  disk.faults = { ...disk.faults, minMs: stalls ? 2_000 : 20, maxMs: stalls ? 2_000 : 300 };
  later(options, 500, 3_000, () => {
    disk.faults = { ...disk.faults, minMs: healthyDisk.minMs, maxMs: healthyDisk.maxMs };
  });
}

/** Others fill the disk, or all but a little of it, and make room again. */
function fullDiskFor(options: FaultOptions, { disk }: SimMember): void {
  disk.freeBytes = options.random.next() < 0.5 ? 0 : randomInt(options.random, 1, littleBytes);
  later(options, 200, 2_500, () => {
    disk.freeBytes = Number.POSITIVE_INFINITY;
  });
}

function upsetClocks({ random }: FaultOptions, { host }: SimMember): void {
  host.jumpWall(randomInt(random, -wallJumpMs, wallJumpMs));
  host.drift(clockRates.min + random.next() * (clockRates.max - clockRates.min));
}

function moveLeader(options: FaultOptions, member: SimMember): void {
  const target = pick(options.random, options.cluster.members);
  ask(options, member, ({ node }) => node.moveLeader(target.id));
}

/** Adds a learner, promotes one, or removes a member, so that three to five vote. */
function changeMembers(options: FaultOptions): void {
  const { cluster, random } = options;
  const member = pick(random, cluster.members);
  const { life } = member;
  if (life === undefined) return;
  const known = life.node.members();
  const learner = known.find(({ isLearner }) => isLearner);
  const voters = known.filter(({ isLearner }) => !isLearner);
  if (learner !== undefined && random.next() < 0.7) ask(options, member, ({ node }) => node.promoteMember(learner.id));
  else if (learner !== undefined || voters.length >= votersMax || (voters.length > 3 && random.next() < 0.5)) {
    removeOne(options, member, pick(random, learner === undefined ? voters : [learner]));
  } else {
    ask(options, member, async ({ node }) => {
      const added = await node.addMember([cluster.newPeerUrl()], { isLearner: true });
      cluster.join(added, known);
    });
  }
}

function removeOne(options: FaultOptions, at: SimMember, { id }: ClusterMember): void {
  const { cluster } = options;
  ask(options, at, async ({ node }) => {
    await node.removeMember(id);
    const removed = cluster.members.find((member) => member.id === id);
    // It goes on for a while, as machines do that nobody has switched off yet.
    if (removed !== undefined) later(options, 0, 2_000, () => cluster.retire(removed));
  });
}

/** Errors are what an operator would see. */
function ask({ queue, random, recorder }: FaultOptions, member: SimMember, run: (life: Life) => Promise<void>): void {
  request(queue, random, member, run).catch((error: unknown) => {
    if (!isStoreError(error)) recorder.fail(error);
  });
}
