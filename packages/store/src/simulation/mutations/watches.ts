import type { Clock } from '@flotilla/base';
import type { MvccStore, WatchRequest, WatchResponse, WatchSink } from '@flotilla/mvcc';
import type { Plant } from '../plant.js';
import { every, type Mutation } from './mutation.js';

type Deliver = (response: WatchResponse) => boolean;

export const watchMutations: readonly Mutation[] = [
  {
    name: 'deliver a watch event twice',
    broken: /watch unique/,
    plant: () => onDelivery(30, (response, deliver) => deliver(response) && deliver(response)),
  },
  {
    name: 'skip a revision in a watch',
    broken: /watch (reliable|bookmarkable|resumable)/,
    plant: () => onDelivery(30, () => true),
  },
  {
    name: 'split a revision over two responses',
    broken: /watch atomic/,
    // Not at once: the session would put them together again.
    plant: () =>
      onDelivery(1, ({ revision, events }, deliver, clock) => {
        if (events.length > 1) clock.after(5, () => void deliver({ revision, events: events.slice(1) }));
        return deliver({ revision, events: events.slice(0, 1) });
      }),
  },
  {
    name: 'tell what was not there',
    broken: /watch truthful/,
    plant: () =>
      onDelivery(30, ({ revision, events }, deliver) =>
        deliver({ revision, events: events.map((event) => ({ ...event, kv: { ...event.kv, version: event.kv.version + 1 } })) }),
      ),
  },
  // Who resumes behind the last event it was told, which was not the latest, is told some twice.
  { name: 'reorder watch events', broken: /watch (ordered|unique)/, plant: reordered },
  {
    name: 'a progress mark too early',
    broken: /watch bookmarkable/,
    plant: () => ({
      assembled({ machine }) {
        replaceWatch(machine, (request, sink, watch) => ({
          ...pick(watch(request, sink)),
          requestProgress: () => void sink.deliver({ revision: machine.revision, events: [] }),
        }));
      },
    }),
  },
  {
    name: 'resume one revision late',
    broken: /watch (resumable|bookmarkable)/,
    plant: () => ({
      assembled({ machine }) {
        replaceWatch(machine, (request, sink, watch) => {
          const { startRevision = 0 } = request;
          return watch(startRevision > 0 ? { ...request, startRevision: startRevision + 1 } : request, sink);
        });
      },
    }),
  },
];

/** Deals in its own way with every n-th response that has events. */
function onDelivery(n: number, treat: (response: WatchResponse, deliver: Deliver, clock: Clock) => boolean): Plant {
  const now = every(n);
  return {
    assembled({ member, machine }) {
      const { clock } = member.host;
      replaceWatch(machine, (request, sink, watch) =>
        watch(request, {
          cancelled: (error) => sink.cancelled(error),
          deliver: (response) => {
            const deliver: Deliver = (each) => sink.deliver(each);
            return response.events.length > 0 && now() ? treat(response, deliver, clock) : deliver(response);
          },
        }),
      );
    },
  };
}

/** Every thirtieth response comes after the next one. */
function reordered(): Plant {
  const now = every(30);
  return {
    assembled({ machine }) {
      replaceWatch(machine, (request, sink, watch) => {
        let held: WatchResponse | undefined;
        return watch(request, {
          cancelled: (error) => sink.cancelled(error),
          deliver: (response) => {
            const late = held;
            held = undefined;
            if (late === undefined && response.events.length > 0 && now()) {
              held = response;
              return true;
            }
            const more = sink.deliver(response);
            return late === undefined ? more : sink.deliver(late);
          },
        });
      });
    },
  };
}

type Watch = MvccStore['watch'];

function replaceWatch(
  machine: MvccStore,
  replaced: (request: WatchRequest, sink: WatchSink, watch: Watch) => ReturnType<Watch>,
): void {
  const watch = machine.watch.bind(machine);
  machine.watch = (request, sink) => replaced(request, sink, watch);
}

/** A watcher's methods as a plain object's, to put others beside them. */
function pick(watcher: ReturnType<Watch>): ReturnType<Watch> {
  return {
    resume: () => watcher.resume(),
    cancel: () => watcher.cancel(),
    requestProgress: () => watcher.requestProgress(),
    get synced() {
      return watcher.synced;
    },
  };
}
