import { type Definition, groupResourceText } from '@flotilla/api';
import type { Metrics } from '@flotilla/process';
import { Counter, Gauge } from 'prom-client';
import type { CacheCounts } from '../registry/registry.js';
import { versionInfo } from '../version.js';

export interface Counted {
  /** Kinds come and go. */
  definitions(): readonly Definition[];
  /** Of a kind that somebody has read since the server started; 0 of others. */
  objectCount(definition: Definition): number;
  cacheCounts(definition: Definition): CacheCounts | undefined;
}

/** What does not change with a request: read when somebody asks. */
export function serverMetrics(metrics: Metrics, counted: Counted): void {
  const { registry } = metrics;
  const { definitions, objectCount } = counted;
  const registers = [registry];
  watchCacheMetrics(metrics, counted);
  new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Number of stored objects at the time of last check split by kind.',
    labelNames: ['resource'],
    registers,
    collect() {
      this.reset();
      for (const definition of definitions()) {
        const count = objectCount(definition);
        const { group, plural } = definition;
        if (count > 0) this.set({ resource: groupResourceText({ group, resource: plural }) }, count);
      }
    },
  });
  const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = versionInfo;
  new Gauge({
    name: 'kubernetes_build_info',
    help: 'A metric with a constant 1 value labeled by the Kubernetes release that is served and what serves it.',
    labelNames: [
      'major',
      'minor',
      'git_version',
      'git_commit',
      'git_tree_state',
      'build_date',
      'go_version',
      'compiler',
      'platform',
    ],
    registers,
  }).set(
    {
      ...{ major, minor, compiler, platform, git_version: gitVersion, git_commit: gitCommit, git_tree_state: gitTreeState },
      ...{ build_date: buildDate, go_version: goVersion },
    },
    1,
  );
}

const cacheLabels = ['group', 'resource'] as const;

function watchCacheMetrics({ registry }: Metrics, { definitions, cacheCounts }: Counted): void {
  const registers = [registry];
  /** Versions of a kind share one cache, and count once. */
  const caches = () => {
    const found = new Map<
      string,
      { readonly labels: Record<(typeof cacheLabels)[number], string>; readonly counts: CacheCounts }
    >();
    for (const definition of definitions()) {
      const counts = cacheCounts(definition);
      const { storagePath, group, plural: resource } = definition;
      if (counts !== undefined && !found.has(storagePath)) found.set(storagePath, { labels: { group, resource }, counts });
    }
    return found.values();
  };
  const read = (name: string, help: string, of: (counts: CacheCounts) => number) =>
    new Counter({
      name,
      help,
      labelNames: cacheLabels,
      registers,
      collect() {
        this.reset();
        for (const { labels, counts } of caches()) this.inc(labels, of(counts));
      },
    });
  read(
    'apiserver_watch_cache_initializations_total',
    'Counter of watch cache initializations broken by resource type.',
    ({ initializations }) => initializations,
  );
  read(
    'apiserver_watch_cache_events_received_total',
    'Counter of events received in watch cache broken by resource type.',
    ({ received }) => received,
  );
  read(
    'apiserver_watch_cache_events_dispatched_total',
    'Counter of events dispatched in watch cache broken by resource type.',
    ({ received }) => received, // each is offered to all watchers as it comes
  );
  read(
    'apiserver_terminated_watchers_total',
    'Counter of watchers closed due to unresponsiveness broken by resource type.',
    ({ terminated }) => terminated,
  );
  new Gauge({
    name: 'watch_cache_capacity',
    help: 'Total capacity of watch cache broken by resource type.',
    labelNames: cacheLabels,
    registers,
    collect() {
      this.reset();
      for (const { labels, counts } of caches()) this.set(labels, counts.capacity);
    },
  });
}
