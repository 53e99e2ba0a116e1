import type { Lease, Node, Persisted } from '@flotilla/api';
import type { Clock } from '@flotilla/base';

interface Seen {
  readonly renewTime: string | undefined;
  readonly heartbeat: string | undefined;
  readonly atMs: number;
}

/**
 * When each node last gave a sign of life, by our own clock: the times that a kubelet writes are only compared with those
 * that it wrote before, since its clock need not agree with ours.
 */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns whether it is a new sign of life */
  seeLease(lease: Persisted<Lease>): boolean {
    const old = this.#seen.get(lease.metadata.name);
    return this.#see(lease.metadata.name, { renewTime: lease.spec?.renewTime, heartbeat: old?.heartbeat });
  }

  seeNode(node: Persisted<Node>): boolean {
    const old = this.#seen.get(node.metadata.name);
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    return this.#see(node.metadata.name, { renewTime: old?.renewTime, heartbeat: ready?.lastHeartbeatTime });
  }

  /** A node that was never seen counts as alive now: everybody gets the full grace period after a failover. */
  silentMs(nodeName: string): number {
    const seen = this.#seen.get(nodeName);
    return seen === undefined ? 0 : this.#clock.monotonicMs() - seen.atMs;
  }

  forget(nodeName: string): void {
    this.#seen.delete(nodeName);
  }

  /** The leader's reign begins: what the first lists showed is not older than this. */
  restart(): void {
    const atMs = this.#clock.monotonicMs();
    for (const [name, seen] of this.#seen) this.#seen.set(name, { ...seen, atMs });
  }

  #see(name: string, next: Omit<Seen, 'atMs'>): boolean {
    const old = this.#seen.get(name);
    if (old !== undefined && old.renewTime === next.renewTime && old.heartbeat === next.heartbeat) return false;
    this.#seen.set(name, { ...next, atMs: this.#clock.monotonicMs() });
    return true;
  }
}
