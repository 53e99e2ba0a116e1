import { type Cancel, type Random, randomInt, seededRandom } from '@flotilla/base';
import { MvccStore } from '@flotilla/mvcc';
import { createMetrics } from '@flotilla/process';
import { Disk, type EventQueue, Host, type Network, SimDatabase, SimFiles } from '@flotilla/sim';
import { Alarms } from '../alarms.js';
import type { Backend, ClusterMember } from '../member.js';
import type { Bootstrap } from '../node/identity.js';
import { MemberNode } from '../node/member-node.js';
import { openDisk } from '../node/open-disk.js';
import { AuthService } from '../server/auth/auth-service.js';
import { ClientService } from '../server/client-service.js';
import { startLeaseClock } from '../server/lease-clock.js';
import { registerServerMetrics } from '../server/server-metrics.js';
import { ObservedRaft } from './observed-raft.js';
import type { Plant } from './plant.js';
import type { Recorder } from './recorder.js';
import { type Packet, SimTransport } from './sim-transport.js';

export interface SimMemberOptions {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly network: Network<Packet>;
  readonly ports: Map<bigint, SimTransport>;
  readonly recorder: Recorder;
  readonly bootstrap: Bootstrap;
  /** For a member that joins, and does not know the others yet. */
  readonly contacts: readonly ClusterMember[];
  readonly plant: Plant;
}

/** What runs between a start and the next crash. */
export interface Life {
  readonly node: MemberNode<MvccStore>;
  readonly service: ClientService;
}

const heartbeatMs = 50;
const electionMs = 500;
/** Small, so that logs are compacted and snapshots sent all the time. */
const snapshotCount = 40;
const limits = {
  appendBytesMax: 2_000,
  entryBytesMax: 10_000,
  inflightMessagesMax: 4,
  inflightBytesMax: 8_000,
  uncommittedBytesMax: 100_000,
  committedBytesMax: 2_000,
};
const leaseCheckpointIntervalMs = 1_500;
const supervisorMs = 400;
const logBytesMax = 30_000;
const unflushedBytesMax = 15_000;
const segmentBytes = 5_000;

/** One machine with the whole member on it: the store's own code, from the transport to the faces' services. */
export class SimMember {
  readonly id: bigint;
  readonly name: string;
  readonly host: Host;
  readonly disk: Disk;
  readonly files: SimFiles;
  readonly database: SimDatabase;
  readonly #options: SimMemberOptions;
  readonly #deathListeners = new Set<() => void>();
  #retired = false;
  /** Bits of its disk were flipped. */
  damaged = false;
  /** It does not start any more, and has said why. */
  refuses = false;
  /** Undefined while it is down, or starting. */
  life: Life | undefined;

  constructor(options: SimMemberOptions) {
    this.id = options.bootstrap.memberId;
    this.name = options.bootstrap.name;
    this.#options = options;
    this.host = new Host(options.queue);
    this.disk = new Disk(options.queue, seededRandom(randomInt(options.random, 0, 2 ** 31)), this.host);
    this.files = new SimFiles(this.disk);
    this.database = new SimDatabase(this.disk);
  }

  get leading(): boolean {
    return this.life !== undefined && this.life.node.status().leader === this.id;
  }

  start(): void {
    if (this.host.running || this.#retired) return;
    this.host.start();
    this.#options.recorder.note(this.name, 'starts');
    const { life } = this.host;
    this.#boot().catch((error: unknown) => {
      if (this.host.life === life) this.#died(error);
    });
  }

  /** @param power true: the machine with it, so that what was not synced is lost, and nobody hears its connections break */
  crash(power: boolean): void {
    if (!this.host.running) return;
    this.#options.recorder.note(this.name, power ? 'loses its power' : 'is killed');
    this.host.kill();
    this.life = undefined;
    this.#options.ports.delete(this.id);
    if (power) {
      this.files.crash();
      this.database.crash();
    } else for (const port of this.#options.ports.values()) port.hangUp(this.id);
    for (const listener of [...this.#deathListeners]) listener();
  }

  /** Switched off for good. */
  retire(): void {
    this.#retired = true;
    this.crash(false);
  }

  /** Calls `listener` when this life ends. */
  onDeath(listener: () => void): Cancel {
    this.#deathListeners.add(listener);
    return () => this.#deathListeners.delete(listener);
  }

  async #boot(): Promise<void> {
    const { queue, random, network, ports, recorder, bootstrap, contacts, plant } = this.#options;
    const { host, id, name } = this;
    const log = recorder.logger(name);
    const { clock } = host;
    const files = plant.files?.(this.files) ?? this.files;
    const database = plant.database?.(this.database) ?? this.database;
    const openMachine = (backend: Backend) =>
      MvccStore.open(backend, { defer: (work) => void queue.after(0.05, host.guard(work)) });
    const { storage, restored, machine, reserve } = await openDisk(
      { dataDir: `of ${name}`, files, database, log },
      { bootstrap, forceNewCluster: false, openMachine, reserveBytes: 1_000 },
    );
    storage.wal.segmentBytes = segmentBytes;
    const own = seededRandom(randomInt(random, 0, 2 ** 31));
    const electionTicks = electionMs / heartbeatMs;
    const raft = new ObservedRaft(
      { id, electionTicks, heartbeatTicks: 1, random: own, restored: plant.restored?.(restored) ?? restored, limits },
      recorder.raft,
    );
    const isRemoved = (other: bigint) => storage.membership.wasRemoved(other);
    const node = new MemberNode({
      ...{ id, clusterId: bootstrap.clusterId, name, clientUrls: [`sim://${name}`], raft, storage, reserve, machine },
      ...{
        heartbeatMs,
        electionMs,
        snapshotCount,
        logBytesMax,
        unflushedBytesMax,
        strictReconfigCheck: false,
        requestBytesMax: 10_000,
      },
      ...{ random: own, clock, log },
      defer: queueMicrotask,
      newTransport: (events) => new SimTransport({ id, host, queue, random, network, ports, isRemoved }, events),
      ask: () => Promise.reject(new Error('the network of the simulation carries messages only')),
      onFatal: (error) => this.#died(error),
    });
    node.onLeadership(({ leading }) => {
      if (leading) recorder.lastElectionMs = queue.nowMs;
    });
    const { lessor } = startLeaseClock(node, clock, log, {
      promotionMarginMs: electionMs,
      checkpointIntervalMs: leaseCheckpointIntervalMs,
    });
    const metrics = registerServerMetrics(createMetrics(), node, 0);
    const auth = new AuthService({ member: node, clock, log, tokenTtlMs: 300_000, passwordCost: 4 });
    const alarms = new Alarms(node, log);
    const service = new ClientService({
      ...{ member: node, lessor, auth, random: own, alarms, metrics },
      ...{ requestBytesMax: 10_000, quotaBytes: 0, watchProgressMs: 700 },
    });
    plant.assembled?.({ member: this, node, raft, machine, service, lessor });
    this.#observe(machine);
    await node.start(contacts);
    this.life = { node, service };
  }

  #observe(machine: MvccStore): void {
    const { recorder } = this.#options;
    const apply = machine.apply.bind(machine);
    machine.apply = (index, command) => {
      const result = apply(index, command);
      recorder.executed(this.name, index, command, result);
      return result;
    };
  }

  /**
   * The process ended by itself, and its supervisor starts it again. A disk that fails is a reason; anything else that is
   * not the operator's fault is a bug.
   */
  #died(error: unknown): void {
    const { recorder, queue } = this.#options;
    const reason = error instanceof Error ? error : new Error(String(error));
    recorder.note(this.name, `dies: ${reason.stack}`);
    this.crash(false);
    this.refuses = reason.name === 'ConfigError';
    if (this.refuses) return; // for the operator to mend
    const expected = 'code' in reason || (this.damaged && reason.name === 'DamagedValueError');
    if (!expected) recorder.fail(reason);
    queue.after(supervisorMs, () => this.start());
  }
}
