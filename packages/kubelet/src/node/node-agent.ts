import { hasReason, type Lease, type Node, type NodeStatus } from '@flotilla/api';
import { backoffMs, type Cancel, type Clock, type Logger, type Random, sleep } from '@flotilla/base';
import type { Informer, ResourceClient } from '@flotilla/client';
import { leaseDurationSeconds, leaseRenewMs, nodeStatusReportMs } from '../limits.js';
import { apiMicroTime } from '../status/api-time.js';
import { readMachine } from './machine.js';
import { type NodeFacts, newNode, nodeStatus, type Readiness, statusKey } from './node-object.js';

export interface NodeAgentOptions {
  readonly facts: NodeFacts;
  readonly rootDir: string;
  readonly statusIntervalMs: number;
  readonly nodes: ResourceClient<Node>;
  readonly leases: ResourceClient<Lease>;
  /** This node alone. */
  readonly informer: Informer<Node>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readiness(): Readiness;
}

const leaseNamespace = 'kube-node-lease';
const registerRetry = { baseMs: 200, maxMs: 2_000 } as const;

/** Registers this node and keeps telling the cluster that it is alive: a cheap Lease every 10 seconds, the status when it changes. */
export class NodeAgent {
  readonly #options: NodeAgentOptions;
  #node: Node | undefined;
  #sentKey = '';
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #lease: Lease | undefined;
  #allocatable: Readonly<Record<string, string>> = {};
  readonly #cancels = new Map<string, Cancel>();
  #reporting: Promise<void> | undefined;

  constructor(options: NodeAgentOptions) {
    this.#options = options;
  }

  get allocatable(): Readonly<Record<string, string>> {
    return this.#allocatable;
  }

  /**
   * Resolves once the node exists in the API, however long that takes; then heartbeats go on until the signal aborts.
   * @param onRegistered sees the node before its first status is sent: a restarted kubelet that knows its pod range is ready at once
   */
  async start(signal: AbortSignal, onRegistered: (node: Node) => Promise<void>): Promise<void> {
    const { log, clock, random } = this.#options;
    for (let failures = 0; this.#node === undefined; ) {
      try {
        this.#node = await this.#register();
      } catch (error) {
        if (failures++ === 0) log.warn({ err: error }, 'unable to register node with API server; trying again');
        await sleep(clock, backoffMs(failures, registerRetry, random), signal);
      }
    }
    signal.addEventListener('abort', () => this.#stop(), { once: true });
    log.info({ node: this.#options.facts.name }, 'node registered');
    await onRegistered(this.#node);
    if (signal.aborted) return;
    this.#every('lease', leaseRenewMs, signal, () => this.#renewLease());
    this.#every('status', this.#options.statusIntervalMs, signal, () => this.report());
  }

  /** Sends the status now if it has changed; called when readiness does. */
  report(): Promise<void> {
    this.#reporting ??= this.#report().finally(() => {
      this.#reporting = undefined;
    });
    return this.#reporting;
  }

  async #register(): Promise<Node> {
    const { facts, nodes, clock } = this.#options;
    const status = await this.#currentStatus(undefined);
    try {
      const node = await nodes.create(newNode(facts, status));
      this.#sentKey = statusKey(node.status);
      this.#sentAtMs = clock.monotonicMs();
      return node;
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }
    const existing = await nodes.get(facts.name);
    const wanted = newNode(facts, status).metadata.labels ?? {};
    const missing = Object.entries(wanted).some(([key, value]) => existing.metadata.labels?.[key] !== value);
    return missing ? nodes.patch(facts.name, { metadata: { labels: wanted } }) : existing;
  }

  async #report(): Promise<void> {
    const { facts, nodes, clock, informer, log } = this.#options;
    const seen = informer.get(facts.name) ?? this.#node;
    if (seen === undefined) return;
    try {
      const status = await this.#currentStatus(seen.status);
      const key = statusKey(status);
      // The node controller marks a silent node Unknown: what the API shows counts, not only what was sent last.
      const overwritten = informer.hasSynced && statusKey(seen.status) !== key;
      if (!overwritten && this.#sentKey === key && clock.monotonicMs() - this.#sentAtMs < nodeStatusReportMs) return;
      this.#node = await nodes.patchStatus(facts.name, { metadata: { uid: seen.metadata.uid }, status });
      this.#sentKey = key;
      this.#sentAtMs = clock.monotonicMs();
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) log.warn({ err: error }, 'error updating node status, will retry');
      else await this.#registerAgain();
    }
  }

  /** Somebody deleted the Node, which is not the same as this machine being gone. */
  async #registerAgain(): Promise<void> {
    const { facts, log } = this.#options;
    try {
      this.#node = await this.#register();
      this.#sentKey = '';
      log.info({ node: facts.name }, 'node registered again');
    } catch (error) {
      log.warn({ err: error }, 'unable to register node with API server');
    }
  }

  async #currentStatus(old: NodeStatus | undefined): Promise<NodeStatus> {
    const { facts, rootDir, clock, readiness } = this.#options;
    const status = nodeStatus(facts, await readMachine(rootDir), readiness(), old, clock.wallMs());
    this.#allocatable = status.allocatable ?? {};
    return status;
  }

  async #renewLease(): Promise<void> {
    const { leases, facts, clock, log } = this.#options;
    const renewTime = apiMicroTime(clock.wallMs());
    try {
      this.#lease =
        this.#lease === undefined
          ? await this.#createLease(renewTime)
          : await leases.update({ ...this.#lease, spec: { ...this.#lease.spec, renewTime } });
    } catch (error) {
      this.#lease = undefined; // somebody else wrote it, or it is gone: read it afresh next time
      log.warn({ err: error, node: facts.name }, 'failed to renew the node lease');
    }
  }

  async #createLease(renewTime: string): Promise<Lease> {
    const { leases, facts } = this.#options;
    const spec = { holderIdentity: facts.name, leaseDurationSeconds, renewTime };
    const owner = this.#node?.metadata.uid;
    const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'Node', name: facts.name, uid: owner }];
    const metadata = { name: facts.name, namespace: leaseNamespace, ownerReferences };
    try {
      return await leases.create({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }
    const existing = await leases.get(facts.name, { namespace: leaseNamespace });
    return leases.update({ ...existing, spec: { ...existing.spec, ...spec } });
  }

  /** Runs at once and then each interval, one after the other, with a little jitter so that nodes do not march in step. */
  #every(name: string, intervalMs: number, signal: AbortSignal, work: () => Promise<void>): void {
    const tick = async () => {
      await work();
      if (signal.aborted) return;
      this.#cancels.set(
        name,
        this.#options.clock.after(intervalMs * (1 + 0.04 * this.#options.random.next()), () => void tick()),
      );
    };
    void tick();
  }

  #stop(): void {
    for (const cancel of this.#cancels.values()) cancel();
  }
}
