import type { APIService, GroupVersion, KubernetesObject } from '@flotilla/api';
import { backoffMs, type Cancel, type Clock, type Logger, type Random } from '@flotilla/base';
import { follow, type GoneObject } from '../auth/followed-resource.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Exchange } from '../http/exchange.js';
import { respondText } from '../http/respond.js';
import { extensionCheckPeriodMs, extensionRetryMaxMs, extensionRetryMinMs } from '../limits.js';
import type { Registry } from '../registry/registry.js';
import { apiServiceDefinition, writeAvailability } from './api-service-status.js';
import { checkAvailability } from './check-availability.js';
import { ExtensionClient, type ProxyClient } from './extension-client.js';
import { type ExtensionDocuments, sameDocuments } from './extension-documents.js';
import { forward } from './forward.js';
import { alwaysAvailable, reconcileLocalServices } from './local-services.js';
import { inOrder, type Priority } from './priorities.js';
import { resolveService } from './resolve-service.js';

export interface AggregationOptions {
  readonly registry: Registry;
  readonly catalogue: Catalogue;
  readonly proxyClient: ProxyClient | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The custom resources'. */
  catchUp(signal: AbortSignal): Promise<void>;
}

/** A group's version that an extension API server serves. */
export interface ExtensionVersion extends GroupVersion {
  readonly priority: Priority;
  readonly available: boolean;
  /** The last that was read, however long ago. */
  readonly documents: ExtensionDocuments | undefined;
}

interface Extension {
  readonly service: APIService;
  readonly client: ExtensionClient;
  available: boolean;
  documents: ExtensionDocuments | undefined;
  failures: number;
  cancel: Cancel | undefined;
}

/**
 * APIServices: which group versions this server serves itself, and which it passes on to an extension API server, as long as that one
 * can be reached. Every API server follows them and checks for itself.
 */
export class Aggregation {
  readonly #options: AggregationOptions;
  readonly #known = new Map<string, APIService>();
  readonly #extensions = new Map<string, Extension>();
  #versions: readonly ExtensionVersion[] = [];
  #locals: Promise<void> = Promise.resolve();

  constructor(options: AggregationOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => {
      for (const extension of this.#extensions.values()) this.#end(extension);
    });
  }

  /** What extension API servers serve, in order of preference. Another array after every change. */
  get versions(): readonly ExtensionVersion[] {
    return this.#versions;
  }

  /** Resolves once all APIServices are known, and those of this server's own groups have been made. */
  async load(): Promise<void> {
    const { signal, registry, catalogue, clock, random, log } = this.#options;
    const follower = {
      set: (object: KubernetesObject) => this.#learn(object as unknown as APIService), // the definition's own kind
      delete: (gone: GoneObject) => this.#forget(gone),
    };
    await follow({ registry, definition: apiServiceDefinition, follower, signal, clock, random, log });
    const unsubscribe = catalogue.onChange(() => this.#registerLocals());
    signal.addEventListener('abort', unsubscribe);
    await this.#registerLocals();
  }

  /** Whether a path is an extension API server's to answer. */
  serves(path: string): boolean {
    return this.#extensionFor(path) !== undefined;
  }

  async forward(exchange: Exchange): Promise<void> {
    const { registry, random } = this.#options;
    const extension = this.#extensionFor(exchange.info.path);
    if (extension === undefined || !extension.available) return respondText(exchange, 503, 'service unavailable\n');
    const { namespace = '', name = '', port = 443 } = extension.service.spec.service ?? {};
    const endpoint = await resolveService(registry, { namespace, name, port }, random);
    if ('reason' in endpoint) return respondText(exchange, 503, 'service unavailable\n');
    return forward(exchange, extension.client, endpoint);
  }

  #extensionFor(path: string): Extension | undefined {
    if (this.#extensions.size === 0) return undefined;
    const match = /^(?:\/openapi\/v3)?\/apis\/([^/]+)\/([^/]+)(?:\/|$)/.exec(path);
    return match === null ? undefined : this.#extensions.get(`${match[2]}.${match[1]}`);
  }

  #learn(service: APIService): void {
    const name = service.metadata.name ?? '';
    const before = this.#known.get(name);
    this.#known.set(name, service);
    if (service.spec.service === undefined) {
      this.#drop(name);
      this.#report(service, alwaysAvailable);
    } else if (before === undefined || JSON.stringify(before.spec) !== JSON.stringify(service.spec)) {
      const documents = this.#extensions.get(name)?.documents; // until the server has been asked again
      this.#drop(name);
      const client = new ExtensionClient(service, this.#options.proxyClient);
      const extension = { service, client, available: false, documents, failures: 0, cancel: undefined };
      this.#extensions.set(name, extension);
      this.#changed();
      this.#check(name, extension);
    }
  }

  #forget(gone: GoneObject): void {
    const name = gone.metadata.name ?? '';
    this.#known.delete(name);
    this.#drop(name);
    // Somebody may have taken away what is served here.
    this.#registerLocals().catch(() => undefined); // it has been logged
  }

  #drop(name: string): void {
    const extension = this.#extensions.get(name);
    if (extension === undefined) return;
    this.#extensions.delete(name);
    this.#end(extension);
    this.#changed();
  }

  #end({ client, cancel }: Extension): void {
    cancel?.();
    client.close();
  }

  #check(name: string, extension: Extension): void {
    const { registry, random, clock, signal, log } = this.#options;
    checkAvailability(extension.service, extension.client, registry, random, extension.documents)
      .then(({ condition, documents }) => {
        if (this.#extensions.get(name) !== extension || signal.aborted) return;
        const available = condition.status === 'True';
        const news = documents !== undefined && !sameDocuments(documents, extension.documents);
        const changed = news || available !== extension.available;
        if (news) extension.documents = documents;
        extension.available = available;
        extension.failures = available ? 0 : extension.failures + 1;
        if (changed) this.#changed();
        this.#report(this.#known.get(name) ?? extension.service, condition);
      })
      .catch((error: unknown) => log.warn({ err: error, apiService: name }, 'an extension API server could not be checked'))
      .finally(() => {
        if (this.#extensions.get(name) !== extension || signal.aborted) return;
        const limits = { baseMs: extensionRetryMinMs, maxMs: extensionRetryMaxMs };
        const delayMs = extension.failures > 0 ? backoffMs(extension.failures, limits, random) : extensionCheckPeriodMs;
        extension.cancel = clock.after(delayMs, () => this.#check(name, extension));
      });
  }

  #report(service: APIService, condition: Parameters<typeof writeAvailability>[1]): void {
    const { log, signal } = this.#options;
    writeAvailability(service, condition, this.#options).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error, apiService: service.metadata.name }, 'an APIService keeps its old status');
    });
  }

  #changed(): void {
    const versions = [...this.#extensions.values()].map(({ service: { spec }, available, documents }) => ({
      group: spec.group ?? '',
      version: spec.version ?? '',
      priority: { group: spec.groupPriorityMinimum, version: spec.versionPriority },
      available,
      documents,
    }));
    this.#versions = inOrder(versions);
  }

  /** One run after the other: each sees what the one before has made. */
  #registerLocals(): Promise<void> {
    const { signal, log } = this.#options;
    this.#locals = this.#locals.then(async () => {
      if (signal.aborted) return;
      await reconcileLocalServices(this.#known, this.#options).catch((error: unknown) => {
        if (!signal.aborted) log.warn({ err: error }, 'the APIServices of local groups are not up to date');
      });
    });
    return this.#locals;
  }
}
