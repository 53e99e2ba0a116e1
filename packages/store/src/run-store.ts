import { MvccStore } from '@flotilla/mvcc';
import type { DaemonContext } from '@flotilla/process';
import { startAutoCompaction } from './auto-compaction.js';
import type { StoreConfig } from './config.js';
import { formatId } from './node/ids.js';
import type { MemberNode } from './node/member-node.js';
import { registerNodeMetrics } from './node/node-metrics.js';
import { startMember } from './node/start-member.js';
import { OwnAlarms } from './own-alarms.js';
import { serveClients } from './server/index.js';
import { startSnapshotSchedule } from './snapshot/snapshot-schedule.js';
import { watchSpace } from './space-watch.js';

export interface RunningStore {
  /** Rejects when the member cannot go on: its disk failed, or an invariant broke. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/**
 * Composes the process: a member on its data directory, and the faces that clients see.
 * @throws ConfigError for what only the operator can mend
 */
export async function runStore(config: StoreConfig, context: DaemonContext): Promise<RunningStore> {
  const { clock, random, log, metrics } = context;
  let onFatal: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    onFatal = reject;
  });
  failed.catch(() => {}); // the caller races it
  const openMachine = (backend: Parameters<typeof MvccStore.open>[0]) =>
    MvccStore.open(backend, { defer: (work) => void setImmediate(work) });
  const running = await startMember({ config, openMachine, clock, random, log, onFatal });
  const { member } = running;
  registerNodeMetrics(metrics, member);
  const alarms = new OwnAlarms(member, log);
  const stopMeasuring = watchSpace({
    ...{ dataDir: config.dataDir, alarms, clock, log },
    measureDatabase: () => member.measureDatabase(),
  });
  member.onDiskFull = () => void alarms.raise('no-space');
  const stopCompacting = startAutoCompaction(member, config.autoCompaction, clock, log);
  const { snapshotSchedule: schedule } = config;
  const stopSaving = schedule === undefined ? () => {} : startSnapshotSchedule(member, schedule, clock, log);
  const servers = await serve(config, member, alarms, context).catch(async (error: unknown) => {
    stopMeasuring();
    stopCompacting();
    stopSaving();
    await running.close();
    throw error;
  });
  log.info(
    { 'local-member-name': member.name, 'local-member-id': formatId(member.id), 'cluster-id': formatId(member.clusterId) },
    'ready to serve client requests',
  );
  return {
    failed,
    async close() {
      stopMeasuring();
      stopCompacting();
      stopSaving();
      await member.handOver();
      await servers.close();
      await running.close();
    },
  };
}

async function serve(
  config: StoreConfig,
  member: MemberNode<MvccStore>,
  alarms: OwnAlarms,
  { clock, random, log, metrics }: DaemonContext,
) {
  const { clientTls: tls } = config;
  return serveClients({
    member,
    alarms,
    listenClientUrls: config.listenClientUrls,
    listenMetricsUrls: config.listenMetricsUrls,
    ...(tls === undefined
      ? {}
      : {
          tls: {
            cert: tls.cert,
            key: tls.key,
            clientCertAuth: tls.clientCertAuth,
            ...(tls.trustedCa === undefined ? {} : { trustedCa: tls.trustedCa }),
          },
        }),
    maxRequestBytes: config.maxRequestBytes,
    quotaBytes: config.quotaBytes,
    auth: config.auth,
    watchProgressMs: config.watchProgressMs,
    electionMs: config.electionMs,
    clock,
    random,
    log,
    metrics,
  });
}
