import { setMaxListeners } from 'node:events';
import { createSecureContext } from 'node:tls';
import { errorMessage, type Logger } from '@flotilla/base';
import { ConfigError, type DaemonContext, reloadingTls } from '@flotilla/process';
import type { KeyValueStore } from '@flotilla/store-client';
import type { AdmissionPlugin } from './admission/admission.js';
import { type AdmissionMetrics, admissionMetrics } from './admission/admission-metrics.js';
import { admissionPlugins, type PluginOptions } from './admission/plugins/plugins.js';
import { keepPolicyStatuses } from './admission/policies/policy-status.js';
import { Aggregation } from './aggregation/aggregation.js';
import { openAudit } from './audit/audit.js';
import { readAuthentication, tokenIssuer } from './auth/authentication.js';
import { authorization } from './auth/authorization.js';
import { tokenRequestHandler } from './auth/token-request.js';
import { keepAuthenticationInfo } from './bootstrap/authentication-info.js';
import { compactPeriodically } from './bootstrap/compaction.js';
import { ensureDefaults } from './bootstrap/ensure.js';
import { keepKubernetesService, leaveKubernetesService } from './bootstrap/kubernetes-service.js';
import { MasterLeases } from './bootstrap/master-leases.js';
import { type Catalogue, LiveCatalogue } from './catalogue/catalogue.js';
import { componentStatuses } from './component-statuses/component-statuses.js';
import { componentProbes } from './component-statuses/probes.js';
import { type ApiServerFlags, checkFlags, firstServiceIp, http2Limits, parsePortRange, parseWatchCacheSizes } from './config.js';
import { conversionMetrics } from './crd/conversion-metrics.js';
import { CustomResources } from './crd/custom-resources.js';
import { servedDefinitions } from './crd/served-definitions.js';
import { ensureFlowConfig } from './flow-control/ensure-flow-config.js';
import { followFlowConfig } from './flow-control/follow-config.js';
import { openFlowControl } from './flow-control/open.js';
import { KubeletClient } from './http/nodes/kubelet-client.js';
import { podLogHandler } from './http/nodes/pod-log.js';
import { proxyHandlers } from './http/nodes/proxy.js';
import type { SubresourceHandler } from './http/router.js';
import { podStreamHandlers } from './http/streams/pod-streams.js';
import { leaveTimeoutMs } from './limits.js';
import { createRegistry } from './registry/generic-registry.js';
import type { Registry } from './registry/registry.js';
import { startApiServer } from './server.js';
import { encryptAtRest } from './storage/encryption/encrypt-at-rest.js';
import type { StaleValues } from './storage/encryption/encrypted-store.js';
import { openStore, waitForStore } from './store-connection.js';
import { measuredStore } from './store-metrics.js';
import { WebhookClient } from './webhooks/webhook-client.js';

/**
 * Builds the API server from its flags and runs it until the context's signal aborts. The port is bound first, so that a
 * mistake shows at once; `/readyz` fails until roles and namespaces are there and loaded.
 */
export async function runApiServer(flags: ApiServerFlags, context: DaemonContext): Promise<void> {
  checkFlags(flags);
  const { clock, random, log, signal, metrics } = context;
  const tls = servingTls(flags, context);
  const authentication = readAuthentication(flags, context);
  const kubelets = new KubeletClient({
    cert: flags.kubeletClientCertificate,
    key: flags.kubeletClientKey,
    ca: flags.kubeletCertificateAuthority,
  });
  const connection = openStore(flags, context);
  const { store, staleValues } = encryptAtRest(measuredStore(connection.store, metrics, clock), flags);
  const catalogue = new LiveCatalogue(servedDefinitions);
  const { authorizer, load } = authorization(flags.authorizationMode);
  const webhooks = new WebhookClient(clock, random);
  const counted = admissionMetrics(metrics);
  const plugins = pluginsOf({ ...flags, webhooks, admissionMetrics: counted, authorizer, clock, random, log });
  const registry = registryOf(flags, context, { store, staleValues, catalogue, plugins, admissionMetrics: counted });
  // Outlives the signal, so that requests under way can finish.
  const work = new AbortController();
  // Every read and write under way listens to it.
  setMaxListeners(0, work.signal, signal);
  const background = { registry, clock, random, log, signal: work.signal };
  const flowControl = openFlowControl(flags, registry, catalogue, clock);
  const customResources = new CustomResources({
    ...background,
    catalogue,
    webhooks,
    countConversion: conversionMetrics(metrics),
  });
  const proxyClient = proxyClientOf(flags, log);
  const aggregation = new Aggregation({
    ...background,
    catalogue,
    proxyClient,
    catchUp: (until) => customResources.catchUp(until),
  });
  try {
    const server = await startApiServer({
      address: flags.bindAddress,
      port: flags.securePort,
      tls,
      store,
      registry,
      catalogue,
      catchUp: (until) => customResources.catchUp(until),
      aggregation,
      authorizer,
      tokens: authentication.tokens(registry),
      anonymous: authentication.anonymous,
      frontProxy: authentication.frontProxy,
      issuerDocuments: authentication.issuerDocuments,
      handlers: handlersOf(flags, context, registry, kubelets),
      audit: openAudit(flags, context),
      flowControl,
      http2: http2Limits(flags),
      readsInFlightMax: flags.maxRequestsInflight,
      writesInFlightMax: flags.maxMutatingRequestsInflight,
      clock,
      random,
      log,
      metrics,
    });
    log.info({ address: server.address, port: server.port }, 'serving');
    await serveUntilStopped();
    await server.close();

    async function serveUntilStopped(): Promise<void> {
      await waitForStore(store, flags.etcdServers, context);
      await ensureDefaults(registry, signal);
      await keepAuthenticationInfo({ ...background, authentication, tls, signal });
      await ensureFlowConfig(registry, signal);
      await Promise.all([
        load(background),
        customResources.load(),
        ...(flowControl === undefined ? [] : [followFlowConfig(flowControl, background)]),
      ]);
      await aggregation.load();
      // After the custom resources, whose types policies may be about.
      await keepPolicyStatuses({ ...background, catalogue });
      server.markReady();
      log.info({}, 'ready');
      const service = {
        ...background,
        leases: new MasterLeases(store, flags.etcdPrefix, flags.advertiseAddress ?? server.address),
        clusterIp: firstServiceIp(flags.serviceClusterIpRange),
        port: server.port,
        signal,
      };
      const tasks = [keepKubernetesService(service)];
      if (flags.etcdCompactionInterval > 0) {
        tasks.push(compactPeriodically(store, flags.etcdCompactionInterval, { clock, log, signal }));
      }
      await Promise.all(tasks);
      server.stopping();
      await Promise.race([
        leaveKubernetesService({ ...service, signal: work.signal }).catch((error: unknown) =>
          log.warn({ err: error }, 'left behind in the Service'),
        ),
        new Promise<void>((resolve) => clock.after(leaveTimeoutMs, resolve)),
      ]);
    }
  } finally {
    work.abort(new Error('the server has stopped'));
    tls.close();
    authentication.close();
    proxyClient?.close();
    await registry.close();
    await webhooks.close();
    await connection.close();
    await kubelets.close();
  }
}

/** @throws ConfigError when a file cannot be read */
function proxyClientOf({ proxyClientCertFile: cert, proxyClientKeyFile: key }: ApiServerFlags, log: Logger) {
  return cert === undefined || key === undefined ? undefined : reloadingTls({ cert, key }, log);
}

function servingTls({ tlsCertFile: cert, tlsPrivateKeyFile: key, clientCaFile: ca }: ApiServerFlags, { log }: DaemonContext) {
  if (cert === undefined || key === undefined)
    throw new ConfigError('--tls-cert-file and --tls-private-key-file must be specified');
  const tls = reloadingTls({ cert, key, ...(ca === undefined ? {} : { ca }) }, log);
  try {
    createSecureContext(tls.current());
  } catch (error) {
    tls.close();
    const files = [cert, key, ...(ca === undefined ? [] : [ca])].join(', ');
    throw new ConfigError(`the certificate files ${files} cannot be used: ${errorMessage(error)}`);
  }
  return tls;
}

function pluginsOf(options: PluginOptions): readonly AdmissionPlugin[] {
  try {
    return admissionPlugins(options);
  } catch (error) {
    throw error instanceof RangeError ? new ConfigError(error.message) : error;
  }
}

function registryOf(
  flags: ApiServerFlags,
  context: DaemonContext,
  parts: {
    store: KeyValueStore;
    staleValues: StaleValues | undefined;
    catalogue: Catalogue;
    plugins: readonly AdmissionPlugin[];
    admissionMetrics: AdmissionMetrics;
  },
): Registry {
  const { clock, random, log } = context;
  return createRegistry({
    ...parts,
    prefix: flags.etcdPrefix,
    computed: new Map([['componentstatuses', componentStatuses(componentProbes(flags, context))]]),
    watchCacheSizes: parseWatchCacheSizes(flags.watchCacheSizes),
    services: { clusterIpRange: flags.serviceClusterIpRange, nodePorts: parsePortRange(flags.serviceNodePortRange) },
    clock,
    random,
    log,
  });
}

function handlersOf(
  flags: ApiServerFlags,
  { clock, random }: DaemonContext,
  registry: Registry,
  kubelets: KubeletClient,
): ReadonlyMap<string, SubresourceHandler> {
  return new Map([
    ['pods/log', podLogHandler(registry, kubelets)],
    ['serviceaccounts/token', tokenRequestHandler(tokenIssuer(flags, registry, clock))],
    ...podStreamHandlers(registry, kubelets),
    ...proxyHandlers(registry, kubelets, random),
  ]);
}
