import { type DaemonContext, defineDaemon, durationFlag, integerFlag, listenError, listFlag } from '@flotilla/process';
import { Backend } from './backend.js';
import { Balancer } from './balancer.js';
import { type Options, readConfig } from './config.js';
import { HealthChecker } from './health-checker.js';
import { connectionsMaxDefault } from './limits.js';
import { Pool } from './pool.js';
import { collectStats } from './stats.js';
import { registerStats } from './stats-metrics.js';
import { serveStats } from './stats-server.js';

export const daemon = defineDaemon<Options>({
  name: 'loadbalancer',
  description: 'TCP load balancer in front of the API servers',
  options(command) {
    command.option('--bind-address <ip>', 'address to accept connections on', '127.0.0.1');
    integerFlag(command, 'port', 'port to accept connections on', 6443, { min: 0, max: 65_535 });
    listFlag(command, 'backends', 'the API servers, as host:port,…');
    command.option('--balance <algorithm>', 'roundrobin or leastconn', 'leastconn');
    integerFlag(command, 'max-connections', 'connections at a time; more are refused', connectionsMaxDefault, { min: 1 });
    command.option('--health-check-path <path>', 'HTTPS path that answers 2xx when a backend is ready', '/readyz');
    durationFlag(command, 'health-check-interval', 'time between checks of a backend', '2s');
    durationFlag(command, 'health-check-timeout', 'time a check may take', '2s');
    integerFlag(command, 'health-check-fall', 'failures in a row that take a backend out', 3, { min: 1 });
    integerFlag(command, 'health-check-rise', 'successes in a row that put it back in', 2, { min: 1 });
    command.option('--health-check-ca <file>', 'verify backends against this CA (default: not verified)');
    durationFlag(command, 'drain-timeout', 'time that open connections get on SIGTERM', '2s');
    command.option('--stats-address <host:port>', 'stats page, /stats.json, /metrics, /healthz; "" for none', '127.0.0.1:8404');
  },
  run,
});

async function run(options: Options, context: DaemonContext): Promise<void> {
  const { clock, log } = context;
  const config = readConfig(options);
  const thresholds = { fall: options.healthCheckFall, rise: options.healthCheckRise };
  const backends = config.backends.map((address) => new Backend(address, thresholds, clock.wallMs()));
  const check = {
    path: options.healthCheckPath,
    intervalMs: options.healthCheckInterval,
    timeoutMs: options.healthCheckTimeout,
    ca: config.healthCheckCa,
  };
  const checkers = new Map(
    backends.map((backend) => [
      backend,
      new HealthChecker(backend, check, context, (changed, transition) => balancer.checked(changed, transition)),
    ]),
  );
  const balancer = new Balancer(
    { host: options.bindAddress, port: options.port, maxConnections: options.maxConnections },
    { pool: new Pool(backends, config.balance), clock, log, suspect: (backend) => checkers.get(backend)?.run() },
  );
  const read = () => collectStats(balancer, backends);
  registerStats(context.metrics, read);
  const backendsCheck = () => {
    if (!backends.some((backend) => backend.state === 'up')) throw new Error('no backend is up');
  };
  const stats =
    config.stats &&
    (await serveStats(config.stats, { read, checks: { backends: backendsCheck }, metrics: context.metrics, log }));
  const port = await balancer.listen().catch((error) => {
    throw listenError(error, options.bindAddress, options.port);
  });
  log.info({ address: options.bindAddress, port, backends: backends.map(({ name }) => name) }, 'accepting connections');
  for (const checker of checkers.values()) checker.run();

  await aborted(context.signal);
  await balancer.close(options.drainTimeout);
  await Promise.all([...checkers.values()].map((checker) => checker.close()));
  await stats?.close();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
