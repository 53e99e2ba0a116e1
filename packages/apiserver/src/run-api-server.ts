import { once } from 'node:events';
import { definitions } from '@flotilla/api';
import { type DaemonContext, reloadingTls } from '@flotilla/process';
import type { KeyValueStore } from '@flotilla/store-client';
import { admissionPlugins } from './admission/plugins/plugins.js';
import type { TokenAuthenticator } from './auth/authenticators/authenticator.js';
import { serviceAccountAuthenticator } from './auth/authenticators/service-account/index.js';
import { staticTokenAuthenticator } from './auth/authenticators/static-token/index.js';
import { readPublicKeys } from './auth/service-account-keys.js';
import { authorization } from './authorization.js';
import { compactPeriodically } from './bootstrap/compaction.js';
import { ensureDefaults } from './bootstrap/ensure.js';
import { keepKubernetesService, leaveKubernetesService } from './bootstrap/kubernetes-service.js';
import { MasterLeases } from './bootstrap/master-leases.js';
import { type ApiServerFlags, parsePortRange } from './config.js';
import { KubeletClient } from './http/nodes/kubelet-client.js';
import { podLogHandler } from './http/nodes/pod-log.js';
import { proxyHandlers } from './http/nodes/proxy.js';
import { openStore, readFile } from './open-store.js';
import { createRegistry } from './registry/generic-registry.js';
import type { Registry } from './registry/registry.js';
import { type ApiServer, boundObject, startApiServer } from './server.js';
import { AddressRange } from './services/address-range.js';

/** Composes the process, serves until the context's signal aborts, and takes everything down again in reverse. */
export async function runApiServer(flags: ApiServerFlags, context: DaemonContext): Promise<void> {
  const { clock, random, log, signal } = context;
  const stop = new AbortController();
  const kubelets = new KubeletClient({
    cert: flags.kubeletClientCertificate,
    key: flags.kubeletClientKey,
    ca: flags.kubeletCertificateAuthority,
  });
  const store = await openStore(flags, context);
  const registry = openRegistry(flags, context, store);
  const authorizers = authorization(flags.authorizationMode);
  const server = await listen(flags, context, { store, registry, kubelets, authorizer: authorizers.authorizer });
  const background = { clock, log, signal: stop.signal };
  const service = {
    ...background,
    registry,
    leases: new MasterLeases(store, prefixOf(flags), flags.advertiseAddress ?? flags.bindAddress),
    clusterIp: new AddressRange(flags.serviceClusterIpRange).at(0),
    port: server.port,
  };
  const running: Promise<void>[] = [];
  try {
    await ensureDefaults(registry, signal);
    await authorizers.start({ ...background, registry, random });
    server.markReady();
    log.info({ address: server.address, port: server.port }, 'serving');
    running.push(keepKubernetesService(service));
    if (flags.etcdCompactionInterval > 0) running.push(compactPeriodically(store, flags.etcdCompactionInterval, background));
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    stop.abort();
    await Promise.all(running);
    await leaveKubernetesService({ ...service, signal }).catch((error: unknown) =>
      log.warn({ err: error }, 'left without goodbye'),
    );
    await server.close();
    await registry.close();
    await kubelets.close();
    await store.close();
  }
}

function prefixOf({ etcdPrefix }: ApiServerFlags): string {
  return `/${etcdPrefix.split('/').filter(Boolean).join('/')}`;
}

function openRegistry(flags: ApiServerFlags, { clock, random, log }: DaemonContext, store: KeyValueStore): Registry {
  return createRegistry({
    store,
    prefix: prefixOf(flags),
    definitions,
    plugins: admissionPlugins(flags),
    services: { clusterIpRange: flags.serviceClusterIpRange, nodePorts: parsePortRange(flags.serviceNodePortRange) },
    clock,
    random,
    log,
  });
}

interface Parts {
  readonly store: KeyValueStore;
  readonly registry: Registry;
  readonly kubelets: KubeletClient;
  readonly authorizer: ReturnType<typeof authorization>['authorizer'];
}

function listen(flags: ApiServerFlags, context: DaemonContext, parts: Parts): Promise<ApiServer> {
  const { registry, kubelets } = parts;
  const { clock, random, log, metrics, signal } = context;
  const { tlsCertFile: cert = '', tlsPrivateKeyFile: key = '', clientCaFile } = flags; // checkFlags wants both
  const tls = reloadingTls({ cert, key, ...(clientCaFile === undefined ? {} : { ca: clientCaFile }) }, log);
  signal.addEventListener('abort', () => tls.close(), { once: true });
  return startApiServer({
    ...parts,
    address: flags.bindAddress,
    port: flags.securePort,
    tls,
    tokens: tokenAuthenticators(flags, registry),
    anonymousAuth: flags.anonymousAuth,
    handlers: new Map([['pods/log', podLogHandler(registry, kubelets)], ...proxyHandlers(registry, kubelets, random)]),
    readsInFlightMax: flags.maxRequestsInflight,
    writesInFlightMax: flags.maxMutatingRequestsInflight,
    clock,
    random,
    log,
    metrics,
  });
}

function tokenAuthenticators(flags: ApiServerFlags, registry: Registry): readonly TokenAuthenticator[] {
  const found: TokenAuthenticator[] = [];
  if (flags.tokenAuthFile !== undefined) {
    const csv = readFile(flags.tokenAuthFile, '--token-auth-file').toString('utf8');
    found.push(staticTokenAuthenticator(csv, flags.tokenAuthFile));
  }
  const files = flags.serviceAccountKeyFile;
  if (files.length > 0) {
    const keys = files.flatMap((path) => readPublicKeys(readFile(path, '--service-account-key-file').toString('utf8'), path));
    const audiences = flags.apiAudiences.length > 0 ? flags.apiAudiences : flags.serviceAccountIssuer;
    const objects = {
      get: (resource: Parameters<typeof boundObject>[1], namespace: string, name: string) =>
        boundObject(registry, resource, namespace, name),
    };
    found.push(serviceAccountAuthenticator({ keys, issuers: flags.serviceAccountIssuer, audiences, objects }));
  }
  return found;
}
