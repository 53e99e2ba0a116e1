import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hasReason, kinds, type Node, type Pod } from '@flotilla/api';
import { type Clock, errorMessage, type Logger, type Random } from '@flotilla/base';
import { type ApiClient, type Informer, InformerFactory } from '@flotilla/client';
import { EventRecorder } from '@flotilla/controller-kit';
import { ConfigError, type Metrics, reloadingTls } from '@flotilla/process';
import { type KubeletConfig, processRuntimeDir } from './config.js';
import { crashLoopBackoff, logBytesMax, logFilesMax, statusRetry } from './limits.js';
import { registerMetrics } from './metrics.js';
import { makeRangeLocal, readMachineInfo } from './node/machine.js';
import { NodeAgent } from './node/node-agent.js';
import type { NodeFacts, Readiness } from './node/node-object.js';
import { apiConfigSource } from './pods/api-config-source.js';
import { podEvents } from './pods/api-events.js';
import { ContainerStarter } from './pods/container-starter.js';
import { PodStarter } from './pods/pod-starter.js';
import { PodWorkers } from './pods/pod-workers.js';
import { RestartBackoff } from './pods/restart-backoff.js';
import { serviceEnv } from './pods/service-environment.js';
import { ProbeManager } from './probes/probe-manager.js';
import { builtInCatalog } from './runtimes/process/image-catalog.js';
import { ProcessRuntime } from './runtimes/process/process-runtime.js';
import { type ContainerRuntime, RuntimeError } from './runtimes/runtime.js';
import { Access } from './server/access/access.js';
import { routes } from './server/routes.js';
import { type RunningServer, startServer } from './server/server.js';
import { StatusWriter } from './status/status-writer.js';
import { TokenCache } from './volumes/service-account-token.js';
import { VolumeManager } from './volumes/volume-manager.js';

export interface KubeletDeps {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** One node's agent: builds the parts, ties them together and runs them. */
export class Kubelet {
  readonly #config: KubeletConfig;
  readonly #deps: KubeletDeps;
  readonly #runtime: ContainerRuntime;
  readonly #factory: InformerFactory;
  readonly #nodes: Informer<Node>;
  readonly #agent: NodeAgent;
  readonly #statuses: StatusWriter;
  readonly #probes: ProbeManager;
  readonly #workers: PodWorkers;
  #podCidr: string | undefined;

  /** @throws ConfigError for a root folder that cannot be used or a bad image catalogue */
  constructor(config: KubeletConfig, deps: KubeletDeps) {
    const { client, clock, random, log } = deps;
    this.#config = config;
    this.#deps = deps;
    this.#runtime = openRuntime(config, deps);
    this.#factory = new InformerFactory(client);
    this.#nodes = this.#factory.informer(kinds.nodes, { fieldSelector: `metadata.name=${config.nodeName}` });
    this.#agent = this.#makeAgent();
    this.#statuses = new StatusWriter({ pods: client.resource(kinds.pods), clock, random, log, limits: statusRetry });
    const recorder = new EventRecorder({
      events: client.resource(kinds.events),
      component: 'kubelet',
      host: config.nodeName,
      clock,
      random,
      log,
    });
    const events = podEvents(recorder);
    this.#probes = new ProbeManager({
      runtime: this.#runtime,
      clock,
      random,
      events,
      kubeletStartMs: clock.wallMs(),
      onChange: (uid) => this.#workers.wake(uid),
    });
    this.#workers = this.#makeWorkers(events);
    registerMetrics(deps.metrics, { nodeName: config.nodeName, runtime: this.#runtime, pods: () => this.#workers.list() });
  }

  /** Runs until the signal aborts. Pods go on running then: stopping a kubelet stops no container. @throws ConfigError */
  async run(): Promise<void> {
    const { signal } = this.#deps;
    const stopListening = this.#runtime.onChange((uid) => this.#workers.wake(uid));
    const server = await this.#serve();
    try {
      const informers = this.#factory.run(signal);
      await this.#agent.start(signal, (node) => this.#seePodCidr(node));
      await this.#waitForPodCidr();
      await this.#agent.report();
      await this.#runPods();
      await informers;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stopListening();
      this.#probes.close();
      this.#workers.close();
      this.#statuses.close();
      await Promise.all([server.close(), this.#runtime.close()]);
    }
  }

  async #runPods(): Promise<void> {
    const { signal } = this.#deps;
    const workers = this.#workers;
    // A consistent list: pods that a stale cache left out would be taken down as unknown.
    const pods = this.#factory.informer(kinds.pods, {
      fieldSelector: `spec.nodeName=${this.#config.nodeName}`,
      initialResourceVersion: '',
    });
    await this.#services.synced(signal);
    pods.addHandler({
      added: (pod) => workers.update(pod),
      updated: (_before, pod) => workers.update(pod),
      deleted: (pod) => workers.remove(pod),
    });
    await pods.synced(signal);
    await workers.removeOrphans();
  }

  get #services() {
    return this.#factory.informer(kinds.services);
  }

  /** Resolves once the controller manager has given this node a range of addresses for its pods; follows it afterwards. */
  #waitForPodCidr(): Promise<void> {
    const { signal } = this.#deps;
    return new Promise((resolve, reject) => {
      const look = (node: Node) => {
        this.#seePodCidr(node).then(() => this.#podCidr !== undefined && resolve(), reject);
      };
      this.#nodes.addHandler({ added: look, updated: (_before, node) => look(node) });
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  }

  async #seePodCidr({ metadata, spec }: Node): Promise<void> {
    const cidr = spec.podCIDR ?? '';
    if (metadata.name === this.#config.nodeName && cidr !== '' && cidr !== this.#podCidr) await this.#usePodCidr(cidr);
  }

  async #usePodCidr(cidr: string): Promise<void> {
    this.#podCidr = cidr;
    if (this.#config.hostRoutes) {
      try {
        makeRangeLocal(cidr);
      } catch (error) {
        throw new ConfigError(`--pod-network=host-routes: ip route replace local ${cidr} dev lo: ${errorMessage(error)}`);
      }
    }
    await this.#runtime.updateRuntimeConfig(cidr);
    this.#deps.log.info({ podCIDR: cidr }, 'pods may run');
  }

  get #readiness(): Readiness {
    if (this.#podCidr !== undefined) return { ready: true, message: '' };
    const reason = 'NetworkReady=false reason:NetworkPluginNotReady message:node has no podCIDR yet';
    return { ready: false, message: `container runtime network not ready: ${reason}` };
  }

  #makeAgent(): NodeAgent {
    const { client, clock, random, log } = this.#deps;
    return new NodeAgent({
      facts: nodeFacts(this.#config, this.#runtime),
      rootDir: this.#config.rootDir,
      statusIntervalMs: this.#config.nodeStatusUpdateMs,
      nodes: client.resource(kinds.nodes),
      leases: client.resource(kinds.leases),
      informer: this.#nodes,
      clock,
      random,
      log,
      readiness: () => this.#readiness,
    });
  }

  #makeWorkers(events: ReturnType<typeof podEvents>): PodWorkers {
    const { client, clock, random, log, signal } = this.#deps;
    const { rootDir, nodeIp: hostIp, nodeName } = this.#config;
    const runtime = this.#runtime;
    const config = apiConfigSource(client.resource(kinds.configMaps), client.resource(kinds.secrets));
    const nodeAllocatable = () => this.#agent.allocatable;
    const tokens = new TokenCache(client, clock);
    const volumes = new VolumeManager({
      podsDir: join(rootDir, 'pods'),
      logsDir: join(rootDir, 'logs'),
      clock,
      context: { hostIp, config, token: (pod, audience, seconds) => tokens.get(pod, audience, seconds) },
      nodeAllocatable,
    });
    const containers = new ContainerStarter({
      runtime,
      clock,
      events,
      config,
      hostIp,
      nodeAllocatable,
      serviceEnv: (pod) => serviceEnv(this.#services.list(), pod),
      logPath: (pod, container, attempt) => join(volumes.logDir(pod), container, `${attempt}.log`),
    });
    const backoff = new RestartBackoff(clock, crashLoopBackoff);
    const starter = new PodStarter({ runtime, clock, log, events, volumes, containers, backoff, nodeName, hostIp });
    return new PodWorkers({
      runtime,
      clock,
      random,
      log,
      events,
      probes: this.#probes,
      statuses: this.#statuses,
      volumes,
      starter,
      backoff,
      hostIp,
      shutdown: signal,
      deletePod: (pod) => deletePod(client, pod),
    });
  }

  #serve(): Promise<RunningServer> {
    const { address, port, tls, nodeName, rootDir } = this.#config;
    const { client, clock, log, metrics } = this.#deps;
    const pods = () => this.#workers.list().map((pod) => this.#statuses.withNewestStatus(pod));
    return startServer({
      address,
      port,
      tls: reloadingTls({ cert: tls.cert, key: tls.key, ...(tls.clientCa !== undefined && { ca: tls.clientCa }) }, log),
      routes: routes({ runtime: this.#runtime, metrics, nodeName, rootDir, pods, readiness: () => this.#readiness }),
      access: new Access(client, nodeName, clock),
      log,
    });
  }
}

function openRuntime({ rootDir, imageCatalog }: KubeletConfig, { clock, log }: KubeletDeps): ContainerRuntime {
  const dir = processRuntimeDir(rootDir);
  try {
    mkdirSync(dir, { recursive: true, mode: 0o750 });
    const imageCatalogs = imageCatalog === undefined ? [builtInCatalog] : [builtInCatalog, imageCatalog];
    return new ProcessRuntime({ dir, imageCatalogs, logBytesMax, logFilesMax, clock, log });
  } catch (error) {
    if (error instanceof RuntimeError) throw new ConfigError(error.message);
    const { code } = error as NodeJS.ErrnoException; // fs errors carry a code
    if (code === 'EACCES' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST')
      throw new ConfigError(`--root-dir: ${rootDir} cannot be written to: ${code}`);
    throw error;
  }
}

function nodeFacts(config: KubeletConfig, runtime: ContainerRuntime): NodeFacts {
  return {
    name: config.nodeName,
    address: config.nodeIp,
    port: config.port,
    maxPods: config.maxPods,
    labels: config.nodeLabels,
    taints: config.taints,
    runtimeVersion: `${runtime.name}://${runtime.version.replace(/^v/, '')}`,
    info: readMachineInfo(),
  };
}

/** The pod is down: the API may forget it, unless by now it means a younger pod by that name. */
async function deletePod(client: ApiClient, { metadata: { namespace, name = '', uid } }: Pod): Promise<void> {
  try {
    await client
      .resource(kinds.pods)
      .delete(name, { namespace, gracePeriodSeconds: 0, preconditions: uid === undefined ? {} : { uid } });
  } catch (error) {
    if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
  }
}
