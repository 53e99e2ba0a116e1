import { createHash } from 'node:crypto';
import { assert, seededRandom } from '@flotilla/base';
import {
  CommittedHistory,
  canonical,
  checkKv,
  checkLeases,
  checkWatch,
  checkWatchComplete,
  EventQueue,
  Nemesis,
} from '@flotilla/sim';
import { Cluster } from './cluster.js';
import { request } from './connection.js';
import { clockRates, type FaultKind, mend, storeFaults } from './faults.js';
import type { Plant } from './plant.js';
import { Recorder } from './recorder.js';
import { WatchClient } from './watch-client.js';
import { bytes, Client } from './workload.js';

export interface SimulationOptions {
  readonly seed: number;
  readonly members: 3 | 5;
  /** Virtual time under faults; a calm time follows. */
  readonly durationMs?: number;
  readonly plant?: Plant;
  /** Only these kinds of faults; all of them, when absent. */
  readonly faults?: readonly FaultKind[];
}

export interface SimulationResult {
  readonly commands: number;
  readonly operations: number;
  readonly answered: number;
  readonly terms: number;
  readonly watchEvents: number;
  readonly virtualMs: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Of everything that was committed, asked and answered, with the instants: equal for equal histories. */
  readonly digest: () => string;
}

/** A promise was broken, or a member failed in a way that it must not. The seed replays it. */
export class SimulationFailure extends Error {
  override readonly name = 'SimulationFailure';
  readonly tail: readonly string[];

  constructor(cause: unknown, tail: readonly string[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.tail = tail;
  }
}

const clients = 4;
const watchers = 3;
/** Until members have recovered, clients have seen it, and every lease has run out. */
const recoveryMs = 1_500;
const calmMs = 7_000;
/** From the end of the last fault to the first write. */
const writeWithinMs = 3_000;

/**
 * Runs a whole cluster under faults: the same options always give the same history.
 * @throws SimulationFailure that names the promise that was broken
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, durationMs = 6_000 } = options;
  const random = seededRandom(seed);
  const queue = new EventQueue();
  const recorder = new Recorder(queue);
  try {
    const cluster = new Cluster({ queue, random, recorder, plant: options.plant ?? {}, founders: options.members });
    await run({ queue, random, recorder, cluster, durationMs, faults: options.faults });
    await checkConverged(cluster, queue);
    return check(recorder, queue);
  } catch (error) {
    throw new SimulationFailure(error, recorder.tail);
  }
}

interface Running {
  readonly queue: EventQueue;
  readonly random: ReturnType<typeof seededRandom>;
  readonly recorder: Recorder;
  readonly cluster: Cluster;
  readonly durationMs: number;
  readonly faults: readonly FaultKind[] | undefined;
}

async function run({ queue, random, recorder, cluster, durationMs, faults }: Running): Promise<void> {
  const advance = async (byMs: number) => {
    const untilMs = queue.nowMs + byMs;
    // In slices, so that a broken promise ends the run early.
    for (let atMs = queue.nowMs; atMs < untilMs; atMs = queue.nowMs) {
      await queue.runSettled(Math.min(untilMs, atMs + 250));
      if (recorder.failure !== undefined) throw recorder.failure;
    }
  };
  cluster.start();
  await advance(1_000);
  const members = () => cluster.members;
  const workload = { queue, random, recorder, members };
  const active = Array.from({ length: clients }, (_, i) => new Client(i + 1, workload));
  const watching = Array.from({ length: watchers }, (_, i) => new WatchClient(i + 1, workload));
  const nemesis = new Nemesis(queue, random, storeFaults({ queue, random, cluster, recorder }, faults), {
    minMs: 50,
    maxMs: 700,
  });
  await advance(durationMs);
  nemesis.stop();
  recorder.note('nemesis', 'mends everything');
  mend(cluster);
  for (const watcher of watching) watcher.settle();
  await advance(writeWithinMs);
  await writeOne({ queue, random, cluster });
  await advance(recoveryMs);
  for (const client of active) client.stop();
  for (const watcher of watching) watcher.stop();
  await advance(calmMs);
}

/** Recovery: soon after the last fault the cluster takes a write. */
async function writeOne({ queue, random, cluster }: Pick<Running, 'queue' | 'random' | 'cluster'>): Promise<void> {
  let outcome: unknown = 'no answer';
  const member = cluster.leader;
  assert(member !== undefined, 'recovery: one member leads');
  const command = { put: { key: bytes('probe'), value: bytes('alive') } };
  request(queue, random, member, ({ service }) => service.command(command, {})).then(
    () => (outcome = undefined),
    (error: unknown) => (outcome = error),
  );
  await queue.runSettled(queue.nowMs + 500);
  assert(outcome === undefined, `recovery: the cluster takes a write (${String(outcome)})`);
}

function check(recorder: Recorder, queue: EventQueue): SimulationResult {
  const { commands, operations, watches } = recorder;
  const history = new CommittedHistory(commands);
  checkKv(history, operations);
  for (const watch of watches) checkWatch(history.model, watch);
  for (const watch of watches) checkWatchComplete(history.model, watch);
  checkLeases(commands, recorder.lastElectionMs, queue.nowMs, {
    ...{ clockRateMin: clockRates.min, clockRateMax: clockRates.max, graceMs: 2_500 },
  });
  return {
    commands: commands.length,
    operations: operations.length,
    answered: operations.filter(({ outcome }) => typeof outcome !== 'string').length,
    terms: recorder.raft.terms,
    watchEvents: watches.flatMap(({ sessions }) => sessions.flatMap(({ responses }) => responses)).length,
    virtualMs: queue.nowMs,
    faults: recorder.faults,
    digest: () => digestOf(recorder),
  };
}

function digestOf({ commands, operations, watches }: Recorder): string {
  return createHash('sha256')
    .update(canonical([commands, operations, watches]))
    .digest('hex');
}

/** Members of the cluster have applied the same, and hold the same. */
async function checkConverged({ members, leader }: Cluster, queue: EventQueue): Promise<void> {
  assert(leader?.life !== undefined, 'recovery: one member leads');
  const { node } = leader.life;
  const belongs = new Set(node.members().map(({ id }) => id));
  const hashes = new Map<string, string>();
  for (const { id, name, life, damaged, refuses } of members.filter((member) => belongs.has(member.id))) {
    if (damaged && refuses) continue; // a member that cannot be trusted may refuse to serve
    assert(life !== undefined, `recovery: ${name} runs`);
    const { store } = life.node;
    const [index, wanted] = [store.appliedIndex, node.store.appliedIndex];
    assert(index === wanted, `recovery: ${name} (${id}) has applied ${index} of ${wanted}`);
    store.hash().then(
      (hash) => hashes.set(name, JSON.stringify(hash)),
      // Damage that nobody has read until now stops it at this moment.
      (error: unknown) => damaged || hashes.set(name, String(error)),
    );
  }
  await queue.runSettled(queue.nowMs + 500);
  const described = Array.from(hashes, ([name, hash]) => `${name} has ${hash}`);
  assert(
    hashes.size > members.length / 2 && new Set(hashes.values()).size === 1,
    `state machine equality: ${described.join(', ')}`,
  );
}
