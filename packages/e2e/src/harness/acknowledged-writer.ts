import { type ConfigMap, kinds } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import type { ApiClient } from '@flotilla/client';

/** A write that the API answered with success. */
export interface Acknowledged {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** performance.now() of the answer. */
  readonly atMs: number;
}

/** Writes ConfigMaps one after another, without pause, and remembers every acknowledged one. */
export class AcknowledgedWriter {
  readonly acknowledged: Acknowledged[] = [];
  /** Messages of the writes that failed or whose outcome nobody knows. */
  readonly failures: string[] = [];
  readonly namespace: string;
  readonly #client: ApiClient;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(client: ApiClient, namespace: string) {
    this.#client = client;
    this.namespace = namespace;
  }

  start(): this {
    this.#running = this.#run();
    return this;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** The longest time without an acknowledgement around and after `sinceMs`, in milliseconds. */
  longestGapMs(sinceMs: number): number {
    const times = this.acknowledged.map(({ atMs }) => atMs);
    let longest = 0;
    for (const [i, at] of times.entries()) {
      const next = times[i + 1];
      if (next !== undefined && next >= sinceMs) longest = Math.max(longest, next - at);
    }
    return longest;
  }

  /** How many acknowledgements came after `sinceMs`. */
  countSince(sinceMs: number): number {
    return this.acknowledged.filter(({ atMs }) => atMs > sinceMs).length;
  }

  /** @returns the acknowledged writes that the cluster no longer has, or has otherwise: there must be none */
  async lost(): Promise<string[]> {
    const { items } = await this.#client.resource<ConfigMap>(kinds.configMaps).list({ namespace: this.namespace });
    const present = new Map(items.map(({ metadata }) => [metadata.name, metadata]));
    return this.acknowledged.flatMap(({ name, uid, resourceVersion }) => {
      const found = present.get(name);
      return found?.uid === uid && found.resourceVersion === resourceVersion ? [] : [name];
    });
  }

  async #run(): Promise<void> {
    const resource = this.#client.resource<ConfigMap>(kinds.configMaps);
    const { signal } = this.#stop;
    for (let i = 0; !signal.aborted; i++) {
      const name = `w-${i}`;
      try {
        const object: ConfigMap = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace: this.namespace },
          data: { i: String(i) },
        };
        const { metadata } = await resource.create(object, { signal });
        this.acknowledged.push({ name, uid: metadata.uid, resourceVersion: metadata.resourceVersion, atMs: performance.now() });
      } catch (error) {
        if (signal.aborted) return;
        this.failures.push(errorMessage(error));
        // Unknown outcome: the next write has another name, so nothing is written twice. A refused connection must not spin.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
}
