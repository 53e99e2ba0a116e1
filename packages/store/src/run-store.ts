import type { Cancel } from '@flotilla/base';
import { MvccStore } from '@flotilla/mvcc';
import type { DaemonContext } from '@flotilla/process';
import { startAutoCompaction } from './auto-compaction.js';
import type { StoreConfig } from './config.js';
import { databaseBytesPeriodMs } from './limits.js';
import { databaseBytes } from './node/database.js';
import { formatId } from './node/ids.js';
import type { MemberNode } from './node/member-node.js';
import { registerNodeMetrics } from './node/node-metrics.js';
import { startMember } from './node/start-member.js';
import { serveClients } from './server/index.js';

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
  const stopMeasuring = measureDatabase(config.dataDir, member, context);
  const stopCompacting = startAutoCompaction(member, config.autoCompaction, clock, log);
  const servers = await serve(config, member, context).catch(async (error: unknown) => {
    stopMeasuring();
    stopCompacting();
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
      await member.handOver();
      await servers.close();
      await running.close();
    },
  };
}

async function serve(config: StoreConfig, member: MemberNode<MvccStore>, { clock, random, log, metrics }: DaemonContext) {
  const { clientTls: tls } = config;
  return serveClients({
    member,
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
    electionMs: config.electionMs,
    clock,
    random,
    log,
    metrics,
  });
}

/** Looks at the size of the database now and then: the quota needs it, and it changes slowly. */
function measureDatabase(dataDir: string, member: MemberNode<MvccStore>, { clock, log }: DaemonContext): Cancel {
  let cancel: Cancel = () => {};
  let stopped = false;
  const measure = () => {
    databaseBytes(dataDir)
      .then(
        (bytes) => {
          member.databaseBytes = bytes;
        },
        (error: unknown) => log.warn({ err: error }, 'cannot measure the database'),
      )
      .finally(() => {
        if (!stopped) cancel = clock.after(databaseBytesPeriodMs, measure);
      });
  };
  measure();
  return () => {
    stopped = true;
    cancel();
  };
}
