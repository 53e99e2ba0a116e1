import type { Lease, Persisted } from '@flotilla/api';
import { Informer, type ResourceClient } from '@flotilla/client';

type LeaseSpec = NonNullable<Lease['spec']>;

/** One Lease object, as the elector uses it. */
export interface LeaseLock {
  /** For logs: `kube-system/kube-scheduler`. */
  readonly name: string;
  /** @returns undefined when there is none */
  get(signal: AbortSignal): Promise<Persisted<Lease> | undefined>;
  /** @throws StatusError AlreadyExists */
  create(spec: LeaseSpec, signal: AbortSignal): Promise<Persisted<Lease>>;
  /** @throws StatusError Conflict, when `last` is not the last state any more */
  update(last: Persisted<Lease>, spec: LeaseSpec, signal: AbortSignal): Promise<Persisted<Lease>>;
  /** Tells of every change that is seen, until the signal aborts. May miss some, and may tell none. */
  observe(listener: (lease: Persisted<Lease> | undefined) => void, signal: AbortSignal): Promise<void>;
}

/** A lease in the cluster. */
export function leaseLock(leases: ResourceClient<Lease>, namespace: string, name: string): LeaseLock {
  return {
    name: `${namespace}/${name}`,
    async get(signal) {
      // Not `get`: a lease that does not exist yet is no error here, and one request serves both cases.
      const list = await leases.list({ namespace, fieldSelector: `metadata.name=${name}`, signal });
      return list.items[0];
    },
    create: (spec, signal) => leases.create({ ...typed, metadata: { name, namespace }, spec }, { signal }),
    update: (last, spec, signal) => leases.update({ ...last, spec }, { signal }),
    observe(listener, signal) {
      const informer = new Informer<Lease>(leases, { namespace, fieldSelector: `metadata.name=${name}` });
      informer.addHandler({ added: listener, updated: (_before, lease) => listener(lease), deleted: () => listener(undefined) });
      return informer.run(signal);
    },
  };
}

const typed = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } as const;
