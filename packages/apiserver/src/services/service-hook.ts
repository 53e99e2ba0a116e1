import type { Draft, KubernetesObject, Service } from '@flotilla/api';
import type { Random } from '@flotilla/base';
import type { KeyValueStore } from '@flotilla/store-client';
import type { WriteHook } from '../registry/write-hook.js';
import type { Companion } from '../storage/object-store.js';
import { AddressRange } from './address-range.js';
import { Allocator } from './allocator.js';
import { ClusterIps } from './cluster-ips.js';
import { NodePorts } from './node-ports.js';

export interface ServiceHookOptions {
  readonly store: KeyValueStore;
  readonly prefix: string;
  readonly random: Random;
  readonly clusterIpRange: string;
  /** Both ends belong to the range. */
  readonly nodePorts: { readonly from: number; readonly to: number };
}

/** Gives Services their cluster address and node ports when they are written, and takes them back when they no longer need them. */
export function serviceHook(options: ServiceHookOptions): WriteHook {
  const { store, prefix, random, nodePorts } = options;
  const addresses = new ClusterIps(
    new AddressRange(options.clusterIpRange),
    new Allocator(store, `${prefix}/ranges/serviceips/`, random),
  );
  const ports = new NodePorts(nodePorts, new Allocator(store, `${prefix}/ranges/servicenodeports/`, random));

  async function complete(service: Draft<Service>, old: Service | undefined): Promise<Companion> {
    const { namespace = '', name = '' } = service.metadata ?? {};
    const owner = `${namespace}/${name}`;
    return merge(await addresses.complete(service, old, owner), await ports.complete(service, old, owner));
  }

  // Registered for Services alone.
  return {
    create: (draft: Draft<KubernetesObject>) => complete(draft as Draft<Service>, undefined),
    update: (draft: Draft<KubernetesObject>, old) => complete(draft as Draft<Service>, old as Service),
    delete: (object) => merge(addresses.release(object as Service), ports.release(object as Service)),
  };
}

function merge(...companions: readonly Companion[]): Companion {
  return {
    compare: companions.flatMap(({ compare }) => compare),
    operations: companions.flatMap(({ operations }) => operations),
  };
}
