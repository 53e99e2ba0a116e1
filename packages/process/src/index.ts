export { ConfigError, listenError } from './config-error.js';
export { type Daemon, type DaemonContext, defineDaemon, runDaemon } from './daemon.js';
export { parseDuration } from './duration.js';
export { booleanFlag, durationFlag, integerFlag, listFlag } from './flags.js';
export { type HealthCheck, type HealthOptions, type HealthServer, runChecks, serveHealth } from './health.js';
export { createLogger, type LogOptions } from './logging.js';
export { createMetrics, type Metrics } from './metrics.js';
export { systemClock, systemRandom } from './system-clock.js';
export { type ReloadingTls, reloadingTls, type TlsMaterial, type TlsPaths } from './tls.js';
