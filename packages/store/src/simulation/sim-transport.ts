import { type Cancel, type Random, randomInt } from '@flotilla/base';
import type { Message } from '@flotilla/raft';
import { type EventQueue, type Host, type Network, SimStream } from '@flotilla/sim';
import { dialBackoff, peerPingMs } from '../limits.js';
import type { ClusterMember } from '../member.js';
import { decodeMessages, encodeMessage } from '../node/frame-codec.js';
import type { SnapshotStream, Transport, TransportEvents } from '../node/transport.js';

/** What travels between members. A connection belongs to one life of either side. */
export interface Packet {
  readonly kind: 'hello' | 'welcome' | 'removed' | 'message';
  readonly from: bigint;
  readonly fromLife: number;
  /** Absent in a hello: whoever answers. */
  readonly toLife?: number;
  readonly frame?: Uint8Array;
}

export interface SimTransportOptions {
  readonly id: bigint;
  readonly host: Host;
  readonly queue: EventQueue;
  readonly random: Random;
  readonly network: Network<Packet>;
  /** Who listens, by member id. */
  readonly ports: Map<bigint, SimTransport>;
  /** Who belonged to the cluster once is told so. */
  readonly isRemoved: (id: bigint) => boolean;
}

interface Link {
  readonly id: bigint;
  /** The life of the other side that this side is connected with. */
  life: number | undefined;
  sentBytes: number;
  receivedBytes: number;
  sendFailures: number;
}

/** `PeerTransport` on the simulated network: dials, notices broken connections early or late, and loses messages. */
export class SimTransport implements Transport {
  readonly #options: SimTransportOptions;
  readonly #events: TransportEvents;
  readonly #links = new Map<bigint, Link>();
  readonly #life: number;
  #cancelTimer: Cancel = () => {};

  constructor(options: SimTransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#life = options.host.life;
  }

  async listen(): Promise<void> {
    this.#options.ports.set(this.#options.id, this);
    this.#lookAround();
  }

  setMembers(members: readonly ClusterMember[]): void {
    const ids = new Set(members.map(({ id }) => id));
    for (const id of this.#links.keys()) if (!ids.has(id)) this.#links.delete(id);
    for (const id of ids) {
      if (id === this.#options.id || this.#links.has(id)) continue;
      this.#links.set(id, { id, life: undefined, sentBytes: 0, receivedBytes: 0, sendFailures: 0 });
      this.#dial(id);
    }
  }

  send(message: Message): boolean {
    const link = this.#links.get(message.to);
    const frame = encodeMessage(message);
    // A forwarded proposal that arrived twice would be two proposals; TCP delivers once.
    const once = message.type === 'propose';
    const sent = link?.life !== undefined && this.#transmit(message.to, { kind: 'message', toLife: link.life, frame }, once);
    if (link !== undefined) {
      if (sent) link.sentBytes += frame.length;
      else link.sendFailures++;
    }
    if (!sent) this.#events.onUnreachable(message.to);
    return sent;
  }

  async openSnapshotStream(to: bigint): Promise<SnapshotStream> {
    const { id, host, queue, network, ports } = this.#options;
    await new Promise<void>((resolve) => queue.after(network.delayMs(), host.guard(resolve)));
    const port = ports.get(to);
    const reachable = network.reaches(id, to) && network.reaches(to, id);
    if (port === undefined || !reachable || !this.#links.has(to)) throw new Error('cannot reach the member');
    const [near, far] = SimStream.pair(queue, network, { id, host }, { id: to, host: port.#options.host });
    queue.after(
      network.delayMs(),
      port.#options.host.guard(() => port.#events.onSnapshotStream(id, far)),
    );
    return near;
  }

  *peers() {
    for (const { life, ...link } of this.#links.values()) yield { ...link, connected: life !== undefined };
  }

  async close(): Promise<void> {
    this.#cancelTimer();
    if (this.#options.ports.get(this.#options.id) === this) this.#options.ports.delete(this.#options.id);
  }

  /** The other side's kernel closed its connections: its process died, and its host did not. */
  hangUp(id: bigint): void {
    const { host, queue, network } = this.#options;
    const notice = host.guard(() => this.#lost(id));
    if (network.reaches(id, this.#options.id)) queue.after(network.delayMs(), notice);
  }

  receive(packet: Packet): void {
    this.#options.host.guard(() => this.#take(packet))();
  }

  #take({ kind, from, fromLife, toLife, frame }: Packet): void {
    if (toLife !== undefined && toLife !== this.#life) return;
    if (this.#options.isRemoved(from)) {
      if (kind === 'hello') this.#transmit(from, { kind: 'removed', toLife: fromLife }, true);
    } else if (kind === 'hello') {
      this.#transmit(from, { kind: 'welcome', toLife: fromLife }, true);
      if (this.#links.get(from)?.life !== fromLife) this.#dial(from);
    } else if (kind === 'welcome') this.#connected(from, fromLife);
    else if (kind === 'removed') this.#events.onRemoved();
    else if (frame !== undefined) this.#read(from, frame);
  }

  #read(from: bigint, frame: Uint8Array): void {
    const link = this.#links.get(from);
    if (link !== undefined) link.receivedBytes += frame.length;
    for (const message of decodeMessages(Buffer.from(frame))) this.#events.onMessage(message);
  }

  #connected(id: bigint, life: number): void {
    const link = this.#links.get(id);
    if (link === undefined || link.life === life) return;
    link.life = life;
    this.#events.onUp(id);
  }

  #lost(id: bigint): void {
    const link = this.#links.get(id);
    if (link?.life === undefined) return;
    link.life = undefined;
    this.#events.onDown(id);
  }

  #dial(id: bigint): void {
    if (this.#links.has(id)) this.#transmit(id, { kind: 'hello' }, true);
  }

  /** Dials who is not connected, and pings who is; a ping without an answer ends the connection. */
  #lookAround(): void {
    const { id: self, host, random, network, ports } = this.#options;
    let pingDueMs = host.clock.monotonicMs() + peerPingMs;
    const look = () => {
      const pinging = host.clock.monotonicMs() >= pingDueMs;
      if (pinging) pingDueMs += peerPingMs;
      for (const { id, life } of [...this.#links.values()]) {
        const port = ports.get(id);
        const alive = port !== undefined && port.#life === life;
        const answers = alive && network.reaches(self, id) && network.reaches(id, self);
        if (life === undefined) this.#dial(id);
        else if (pinging && !answers) this.#lost(id);
      }
      this.#cancelTimer = host.clock.after(randomInt(random, 4, 8) * dialBackoff.baseMs, look);
    };
    look();
  }

  #transmit(to: bigint, packet: Omit<Packet, 'from' | 'fromLife'>, once: boolean): boolean {
    const { id: from, network } = this.#options;
    const sent = network.send(from, to, { ...packet, from, fromLife: this.#life }, once);
    return sent || !network.reaches(from, to); // what vanishes in a cut network looks sent
  }
}
