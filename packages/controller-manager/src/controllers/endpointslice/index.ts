import { kinds, type Persisted, type Pod } from '@flotilla/api';
import { keyOf, namespaceIndex } from '@flotilla/client';
import { runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { selects } from './plan.js';
import { byService, reconcile, serviceIndex } from './reconcile.js';

const workers = 5;

/** Services know their pods. Woken by Services, pods, and whoever touches the results; writes EndpointSlices and Endpoints. */
export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  start({ client, informers, clock, log }) {
    const queue = new WorkQueue({ clock });
    const services = informers.informer(kinds.services);
    const pods = informers.informer(kinds.pods);
    const slices = informers.informer(kinds.endpointSlices);
    const endpoints = informers.informer(kinds.endpoints);
    slices.addIndex(serviceIndex, byService);

    const wake = (object: Persisted) => queue.add(keyOf(object));
    const wakeServices = (pod: Persisted<Pod>) => {
      for (const service of services.byIndex(namespaceIndex, pod.metadata.namespace ?? '')) {
        if (selects(service, pod)) wake(service);
      }
    };
    services.addHandler({ added: wake, updated: (_before, service) => wake(service), deleted: wake });
    pods.addHandler({
      added: wakeServices,
      updated(before, pod) {
        if (before.metadata.labels !== pod.metadata.labels) wakeServices(before);
        wakeServices(pod);
      },
      deleted: wakeServices,
    });
    const wakeOfSlice = (slice: Parameters<typeof byService>[0]) => {
      for (const key of byService(slice)) queue.add(key);
    };
    slices.addHandler({ added: wakeOfSlice, updated: (_before, slice) => wakeOfSlice(slice), deleted: wakeOfSlice });
    endpoints.addHandler({ added: wake, updated: (_before, object) => wake(object), deleted: wake });

    const deps = {
      services,
      pods,
      slices,
      endpoints,
      sliceClient: client.resource(kinds.endpointSlices),
      endpointsClient: client.resource(kinds.endpoints),
    };
    const run = (key: string, signal: AbortSignal) => reconcile(key, deps, signal);
    return (signal) => runController({ name: 'endpointslice-controller', queue, workers, reconcile: run, log }, signal);
  },
};
