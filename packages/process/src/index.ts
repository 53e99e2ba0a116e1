export { ConfigError } from '@flotilla/base';
export { type Daemon, type DaemonContext, defineDaemon, runDaemon } from './daemon.js';
export { parseDuration } from './duration.js';
export { booleanFlag, durationFlag, integerFlag, listFlag, requiredFlag } from './flags.js';
export { type HealthCheck, type HealthOptions, type HealthServer, runChecks, serveHealth } from './health.js';
export {
  addLeaderElectionFlags,
  electionOf,
  type LeaderElectionFlags,
} from './leader-election-flags.js';
export { listenError } from './listen-error.js';
export { createLogger, type LogOptions } from './logging.js';
export { createMetrics, leaderGauge, type Metrics } from './metrics.js';
export { type ReloadingFile, reloadingFile } from './reloading-file.js';
export { requestUrl } from './request-url.js';
export { addServingFlags, type ServingFlags, servingOptions } from './serving-flags.js';
export { abortSocket, connectTcp, type Relayed, relaySockets } from './socket-relay.js';
export { systemClock, systemRandom } from './system-clock.js';
export { type ReloadingTls, reloadingTls, type TlsMaterial, type TlsPaths } from './tls.js';
