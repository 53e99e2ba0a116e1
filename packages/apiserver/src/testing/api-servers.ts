import { setMaxListeners } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { seededRandom, silentLogger } from '@flotilla/base';
import { createMetrics, type ReloadingTls, reloadingTls, systemClock } from '@flotilla/process';
import { Command } from 'commander';
import { keepPolicyStatuses } from '../admission/policies/policy-status.js';
import { Aggregation } from '../aggregation/aggregation.js';
import type { ProxyClient } from '../aggregation/extension-client.js';
import { openAudit } from '../audit/audit.js';
import { readAuthentication, tokenIssuer } from '../auth/authentication.js';
import { authorization } from '../auth/authorization.js';
import { tokenRequestHandler } from '../auth/token-request.js';
import { keepAuthenticationInfo } from '../bootstrap/authentication-info.js';
import { ensureDefaults } from '../bootstrap/ensure.js';
import { LiveCatalogue } from '../catalogue/catalogue.js';
import { type ApiServerFlags, addFlags, http2Limits } from '../config.js';
import { conversionMetrics } from '../crd/conversion-metrics.js';
import { CustomResources } from '../crd/custom-resources.js';
import { ensureFlowConfig } from '../flow-control/ensure-flow-config.js';
import { followFlowConfig } from '../flow-control/follow-config.js';
import { openFlowControl } from '../flow-control/open.js';
import { KubeletClient } from '../http/nodes/kubelet-client.js';
import { podLogHandler } from '../http/nodes/pod-log.js';
import { proxyHandlers } from '../http/nodes/proxy.js';
import { podStreamHandlers } from '../http/streams/pod-streams.js';
import { type ApiServer, startApiServer } from '../server.js';
import { WebhookClient } from '../webhooks/webhook-client.js';
import { adminPair, type KeyPair, proxyPair, serverPair, serviceAccountKey, testCa } from './certificates.js';
import { testFile } from './files.js';
import { type Loose, Registries } from './registries.js';

const address = '127.22.7.1';

/** The flags of a test's server, parsed as `flotilla apiserver` parses them. */
function testFlags(more: readonly string[]): ApiServerFlags {
  const key = testFile('sa.key', serviceAccountKey);
  const command = new Command();
  addFlags(command);
  command.parse(
    [
      `--token-auth-file=${testFile('tokens.csv', 'secret-of-bob,bob,7,"devs,ops"\n')}`,
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      ...more,
    ],
    { from: 'user' },
  );
  return command.opts<ApiServerFlags>();
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Undefined: the administrator's; null: none. */
  readonly as?: KeyPair | null;
}

export interface Reply {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of the body, after a compression is undone. */
  readonly text: string;
  /** Of the body, as it came over the wire. */
  readonly sentBytes: number;
  /** The body, when it is JSON. */
  readonly json: Loose;
}

/** What the API server shows to extension API servers, until it is given something else. */
class ProxyIdentity implements ProxyClient {
  pair: KeyPair;

  constructor(pair: KeyPair) {
    this.pair = pair;
  }

  current() {
    return { cert: Buffer.from(this.pair.cert), key: Buffer.from(this.pair.key) };
  }
}

/** An API server over real HTTPS on an in-memory store, with the default roles. For tests. */
export class TestServer {
  readonly registries: Registries;
  readonly server: ApiServer;
  readonly #stop: AbortController;
  readonly #kubelets: KubeletClient;
  readonly proxyIdentity: ProxyIdentity;

  private constructor(
    registries: Registries,
    server: ApiServer,
    stop: AbortController,
    kubelets: KubeletClient,
    proxyIdentity: ProxyIdentity,
  ) {
    this.registries = registries;
    this.server = server;
    this.#stop = stop;
    this.#kubelets = kubelets;
    this.proxyIdentity = proxyIdentity;
  }

  /** @param more flags of the API server, beside those that every test has */
  static async start(...more: readonly string[]): Promise<TestServer> {
    const { authorizer, load } = authorization(['Node', 'RBAC']);
    const registries = new Registries(1, systemClock, (store) => store, authorizer);
    const { registry } = registries.at();
    const [catalogue = new LiveCatalogue([])] = registries.catalogues;
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const tools = { clock: systemClock, random: seededRandom(3), log: silentLogger };
    const webhooks = new WebhookClient(tools.clock, tools.random);
    stop.signal.addEventListener('abort', () => void webhooks.close());
    const metrics = createMetrics();
    const countConversion = conversionMetrics(metrics);
    const customResources = new CustomResources({
      ...{ registry, catalogue, webhooks, countConversion },
      ...{ ...tools, signal: stop.signal },
    });
    const proxyIdentity = new ProxyIdentity(proxyPair);
    const aggregation = new Aggregation({
      registry,
      catalogue,
      proxyClient: proxyIdentity,
      ...tools,
      signal: stop.signal,
      catchUp: (signal) => customResources.catchUp(signal),
    });
    const kubelets = new KubeletClient({ cert: undefined, key: undefined, ca: undefined });
    const flags = testFlags(more);
    const authentication = readAuthentication(flags, { ...tools, metrics });
    stop.signal.addEventListener('abort', () => authentication.close());
    const tls = tlsOfServer(flags);
    stop.signal.addEventListener('abort', () => tls.close());
    const flowControl = openFlowControl(flags, registry, catalogue, systemClock);
    const server = await startApiServer({
      address,
      port: 0,
      tls,
      store: registries.store,
      registry,
      catalogue,
      catchUp: (signal) => customResources.catchUp(signal),
      aggregation,
      authorizer,
      tokens: authentication.tokens(registry),
      anonymous: authentication.anonymous,
      frontProxy: authentication.frontProxy,
      issuerDocuments: authentication.issuerDocuments,
      handlers: new Map([
        ['pods/log', podLogHandler(registry, kubelets)],
        ['serviceaccounts/token', tokenRequestHandler(tokenIssuer(flags, registry, systemClock))],
        ...podStreamHandlers(registry, kubelets),
        ...proxyHandlers(registry, kubelets, tools.random),
      ]),
      flowControl,
      audit: openAudit(flags, { ...tools, metrics }),
      http2: http2Limits(flags),
      readsInFlightMax: flags.maxRequestsInflight,
      writesInFlightMax: flags.maxMutatingRequestsInflight,
      metrics,
      ...tools,
    });
    await ensureDefaults(registry, stop.signal);
    const background = { registry, ...tools, signal: stop.signal };
    await keepAuthenticationInfo({ ...background, authentication, tls });
    await ensureFlowConfig(registry, stop.signal);
    await Promise.all([
      load(background),
      customResources.load(),
      ...(flowControl === undefined ? [] : [followFlowConfig(flowControl, background)]),
    ]);
    await aggregation.load();
    await keepPolicyStatuses({ registry, catalogue, ...tools, signal: stop.signal });
    server.markReady();
    return new TestServer(registries, server, stop, kubelets, proxyIdentity);
  }

  get url(): string {
    return `https://${address}:${this.server.port}`;
  }

  /** One request; a body that is not text is sent as JSON. */
  call(path: string, { method = 'GET', body, headers = {}, as = adminPair }: Call = {}): Promise<Reply> {
    const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const implied = typeof body === 'object' && !Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {};
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        `${this.url}${path}`,
        { ...tlsOf(as), agent: false, method, headers: { ...implied, ...headers } as Record<string, string | string[]> },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const sent = Buffer.concat(chunks);
            const text = (response.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString('utf8');
            const isJson = response.headers['content-type']?.startsWith('application/json') === true && text !== '';
            resolve({
              code: response.statusCode ?? 0,
              headers: response.headers,
              text,
              sentBytes: sent.length,
              // Not before it is asked for: the answer of a watch has many lines.
              get json() {
                return isJson ? JSON.parse(text) : undefined;
              },
            });
          });
        },
      );
      request.on('error', reject);
      request.end(payload);
    });
  }

  async close(): Promise<void> {
    await this.server.close();
    this.#stop.abort();
    await this.registries.close();
    await this.#kubelets.close();
  }
}

/** What a client needs to connect. */
export function tlsOf(as: KeyPair | null) {
  return { ca: testCa, ...(as === null ? {} : { cert: as.cert, key: as.key }) };
}

/** Clients are vouched for by the tests' authority, or by the one of `--client-ca-file`. */
function tlsOfServer({ clientCaFile }: ApiServerFlags): ReloadingTls {
  const [cert, key] = [testFile('serving.crt', serverPair.cert), testFile('serving.key', serverPair.key)];
  return reloadingTls({ cert, key, ca: clientCaFile ?? testFile('client-ca.crt', testCa) }, silentLogger);
}

export function configMap(name: string, data: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
