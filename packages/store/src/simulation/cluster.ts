import { type Random, randomInt, seededRandom } from '@flotilla/base';
import { type EventQueue, Network } from '@flotilla/sim';
import type { ClusterMember } from '../member.js';
import { clusterId, memberId } from '../node/ids.js';
import type { Plant } from './plant.js';
import type { Recorder } from './recorder.js';
import { SimMember } from './sim-member.js';
import type { Packet, SimTransport } from './sim-transport.js';

export interface ClusterOptions {
  readonly queue: EventQueue;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly plant: Plant;
  readonly founders: number;
}

const token = 'simulation';
const peerUrl = (number: number) => `sim://${number}:2380`;

/** The machines and the network between them. Members come and go. */
export class Cluster {
  readonly network: Network<Packet>;
  /** Those that belong to the cluster, as far as the operator knows; the dead among them as well. */
  members: readonly SimMember[];
  readonly #options: ClusterOptions;
  readonly #ports = new Map<bigint, SimTransport>();
  readonly #clusterId: bigint;
  #numbers: number;

  constructor(options: ClusterOptions) {
    const { queue, random, founders } = options;
    this.#options = options;
    this.network = new Network<Packet>(queue, random, (to, packet) => this.#ports.get(to)?.receive(packet));
    const initialMembers = Array.from({ length: founders }, (_, i): ClusterMember => {
      const peerUrls = [peerUrl(i + 1)];
      return { id: memberId(peerUrls, token), name: `n${i + 1}`, peerUrls, clientUrls: [], isLearner: false };
    });
    this.#numbers = founders;
    this.#clusterId = clusterId(
      initialMembers.map(({ id }) => id),
      token,
    );
    this.members = initialMembers.map(({ id, name }) => this.#newMember(id, name, initialMembers, []));
  }

  get leader(): SimMember | undefined {
    return this.members.find((member) => member.leading);
  }

  get ids(): readonly bigint[] {
    return this.members.map(({ id }) => id);
  }

  start(): void {
    for (const member of this.members) member.start();
  }

  newPeerUrl(): string {
    return peerUrl(++this.#numbers);
  }

  /** The machine of a member that was added to the membership. @param contacts who is in the cluster already */
  join({ id, peerUrls }: ClusterMember, contacts: readonly ClusterMember[]): SimMember {
    const member = this.#newMember(id, `n${peerUrls[0]?.replace(/\D+(\d+):.*/, '$1')}`, [], contacts);
    this.members = [...this.members, member];
    member.start();
    return member;
  }

  /** It was removed from the membership: its machine is switched off. */
  retire(member: SimMember): void {
    member.retire();
    this.members = this.members.filter((other) => other !== member);
  }

  #newMember(id: bigint, name: string, initialMembers: readonly ClusterMember[], contacts: readonly ClusterMember[]): SimMember {
    const { queue, random, recorder, plant } = this.#options;
    const own = seededRandom(randomInt(random, 0, 2 ** 31));
    const bootstrap = { memberId: id, clusterId: this.#clusterId, name, initialMembers };
    return new SimMember({ queue, random: own, network: this.network, ports: this.#ports, recorder, bootstrap, contacts, plant });
  }
}
