import { type Definition, groupResourceText } from '@flotilla/api';
import type { Metrics } from '@flotilla/process';
import { Gauge } from 'prom-client';
import { versionInfo } from '../version.js';

export interface Counted {
  /** Kinds come and go. */
  definitions(): readonly Definition[];
  /** Of a kind that somebody has read since the server started; 0 of others. */
  objectCount(definition: Definition): number;
}

/** What does not change with a request: read when somebody asks. */
export function serverMetrics({ registry }: Metrics, { definitions, objectCount }: Counted): void {
  const registers = [registry];
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
