import type { Cancel } from '@flotilla/base';
import { MvccStore } from '@flotilla/mvcc';
import type { DaemonContext } from '@flotilla/process';
import { Alarms } from './alarms.js';
import { startAutoCompaction } from './auto-compaction.js';
import type { StoreConfig } from './config.js';
import { answerHash, checkInitially, hashPath, startCorruptionChecks } from './corruption/corruption-check.js';
import { formatId } from './node/ids.js';
import type { MemberNode } from './node/member-node.js';
import { registerNodeMetrics } from './node/node-metrics.js';
import { type RunningMember, startMember } from './node/start-member.js';
import { type ClientServer, serveClients } from './server/index.js';
import { startSnapshotSchedule } from './snapshot/snapshot-schedule.js';
import { SpaceWatch } from './space-watch.js';

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
  const peerPages = (store: MvccStore) => ({ [hashPath]: (query: URLSearchParams) => answerHash(store, query) });
  const running = await startMember({ config, openMachine, clock, random, log, onFatal, peerPages });
  const { member, ask } = running;
  const alarms = new Alarms(member, log);
  registerNodeMetrics(metrics, member);
  let stopBackground: Cancel = () => {};
  let servers: ClientServer;
  try {
    if (config.corruptionCheck.initially) await checkInitially({ member, ask, log });
    stopBackground = startBackground(config, running, alarms, context);
    servers = await serve(config, member, alarms, context);
  } catch (error) {
    stopBackground();
    await running.close();
    throw error;
  }
  log.info(
    { 'local-member-name': member.name, 'local-member-id': formatId(member.id), 'cluster-id': formatId(member.clusterId) },
    'ready to serve client requests',
  );
  return {
    failed,
    async close() {
      stopBackground();
      await member.handOver();
      await servers.close();
      await running.close();
    },
  };
}

/** What a member does beside serving. @returns stops all of it */
function startBackground(
  { dataDir, autoCompaction, snapshotSchedule, corruptionCheck }: StoreConfig,
  { member, ask, budget }: RunningMember<MvccStore>,
  alarms: Alarms,
  { clock, log }: DaemonContext,
): Cancel {
  member.onDiskFull = () => void alarms.raise('no-space');
  const space = new SpaceWatch({
    ...{ dataDir, freeBytesMin: budget.freeBytesMin, alarms, clock, log },
    measureDatabase: () => member.measureDatabase(),
    logBytesWritten: () => member.logBytesWritten,
  });
  member.onLogWritten = () => space.written();
  const stops = [() => space.stop(), startAutoCompaction(member, autoCompaction, clock, log)];
  const { intervalMs } = corruptionCheck;
  if (intervalMs > 0) stops.push(startCorruptionChecks({ member, alarms, ask, log }, intervalMs, clock));
  if (snapshotSchedule !== undefined) stops.push(startSnapshotSchedule(member, snapshotSchedule, clock, log));
  return () => {
    for (const stop of stops) stop();
  };
}

async function serve(
  config: StoreConfig,
  member: MemberNode<MvccStore>,
  alarms: Alarms,
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
