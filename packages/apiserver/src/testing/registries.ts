import { type Definition, kinds, StatusError } from '@flotilla/api';
import { type Clock, seededRandom, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { type KeyValueStore, openLocal } from '@flotilla/store-client';
import { admissionPlugins } from '../admission/plugins/plugins.js';
import { authorization } from '../auth/authorization.js';
import type { UserInfo } from '../auth/user-info.js';
import { LiveCatalogue } from '../catalogue/catalogue.js';
import { servedDefinitions } from '../crd/served-definitions.js';
import { createRegistry } from '../registry/generic-registry.js';
import {
  type DeleteOptions,
  type ListRequest,
  type Registry,
  type WatchAnswer,
  type WatchEvent,
  type WatchRequest,
  wholeResource,
} from '../registry/registry.js';
import { encryptAtRest } from '../storage/encryption/encrypt-at-rest.js';
import { WebhookClient } from '../webhooks/webhook-client.js';

/** Registries on one in-memory store, as several API servers share one, with short ways to call them. For tests. */
export class Registries {
  readonly store: KeyValueStore;
  readonly all: readonly Registry[];
  /** Of each registry, in the same order. */
  readonly catalogues: readonly LiveCatalogue[];
  readonly #webhooks = new WebhookClient(systemClock, seededRandom(5));
  readonly #stop = new AbortController();

  constructor(
    count = 1,
    clock: Clock = systemClock,
    wrap: (store: KeyValueStore) => KeyValueStore = (store) => store,
    authorizer = authorization(['AlwaysAllow']).authorizer,
    encryptionProviderConfig?: string,
    // No controller runs here that makes the accounts which that one asks for.
    disableAdmissionPlugins: readonly string[] = ['ServiceAccount'],
  ) {
    this.store = openLocal({ clock, random: seededRandom(7) });
    this.catalogues = Array.from({ length: count }, () => new LiveCatalogue(servedDefinitions));
    this.all = this.catalogues.map((catalogue, i) =>
      createRegistry({
        ...encryptAtRest(wrap(this.store), {
          etcdPrefix: '/registry',
          ...(encryptionProviderConfig === undefined ? {} : { encryptionProviderConfig }),
        }),
        prefix: '/registry',
        catalogue,
        plugins: admissionPlugins({
          authorizer,
          defaultNotReadyTolerationSeconds: 300,
          defaultUnreachableTolerationSeconds: 300,
          enableAdmissionPlugins: [],
          disableAdmissionPlugins,
          webhooks: this.#webhooks,
          clock,
          random: seededRandom(200 + i),
          log: silentLogger,
        }),
        services: { clusterIpRange: '10.96.0.0/24', nodePorts: { from: 30_000, to: 30_003 } },
        clock,
        random: seededRandom(100 + i),
        log: silentLogger,
      }),
    );
  }

  at(index = 0): Client {
    const registry = this.all[index];
    if (registry === undefined) throw new RangeError(`there is no registry ${index}`);
    return new Client(registry, this.#stop.signal);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.all.map((registry) => registry.close()));
    await this.#webhooks.close();
    await this.store.close();
  }
}

const admin: UserInfo = { username: 'admin', uid: '', groups: ['system:masters'], extra: {} };
export const writeOptions = { dryRun: false, fieldValidation: 'Strict', fieldManager: 'test' } as const;

/** Any object as tests look at it. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into objects whose shape they have just written down
export type Loose = any;

export class Client {
  readonly registry: Registry;
  readonly signal: AbortSignal;
  user: UserInfo = admin;

  constructor(registry: Registry, signal: AbortSignal) {
    this.registry = registry;
    this.signal = signal;
  }

  get context() {
    return { user: this.user, signal: this.signal };
  }

  async create(definition: Definition<Loose>, body: unknown, more: object = {}): Promise<Loose> {
    const request = {
      ...this.context,
      namespace: definition.namespaced ? 'default' : undefined,
      body,
      options: writeOptions,
      ...more,
    };
    return json(await this.registry.create(definition, request));
  }

  async get(definition: Definition<Loose>, name: string, more: object = {}): Promise<Loose> {
    const namespace = definition.namespaced ? 'default' : undefined;
    return json(await this.registry.get(definition, { ...this.context, namespace, name, resourceVersion: '', ...more }));
  }

  async update(definition: Definition<Loose>, body: Loose, more: object = {}): Promise<Loose> {
    const { name, namespace } = body.metadata;
    return json(
      await this.registry.update(definition, { ...this.context, namespace, name, body, options: writeOptions, ...more }),
    );
  }

  async patch(definition: Definition<Loose>, name: string, body: unknown, more: object = {}): Promise<Loose> {
    const namespace = definition.namespaced ? 'default' : undefined;
    const contentType = 'application/merge-patch+json';
    return json(
      await this.registry.patch(definition, {
        ...this.context,
        namespace,
        name,
        contentType,
        body,
        options: writeOptions,
        ...more,
      }),
    );
  }

  async delete(definition: Definition<Loose>, name: string, options: Partial<DeleteOptions> = {}): Promise<Loose> {
    const namespace = definition.namespaced ? 'default' : undefined;
    return json(
      await this.registry.delete(definition, { ...this.context, namespace, name, options: { dryRun: false, ...options } }),
    );
  }

  async list(definition: Definition<Loose>, more: Partial<ListRequest> = {}): Promise<Loose> {
    const answer = await this.registry.list(definition, { ...this.listRequest(), ...more });
    return JSON.parse(Buffer.concat([...answer.chunks()]).toString());
  }

  watch(definition: Definition<Loose>, more: Partial<WatchRequest> = {}): Promise<WatchAnswer> {
    const request = { ...this.listRequest(), allowWatchBookmarks: false, ...more };
    return this.registry.watch(definition, request);
  }

  listRequest(): ListRequest {
    return { ...this.context, ...wholeResource };
  }

  async namespace(name = 'default'): Promise<void> {
    await this.create(kinds.namespaces, { metadata: { name } });
  }
}

function json({ bytes }: { readonly bytes: Uint8Array }): Loose {
  return JSON.parse(Buffer.from(bytes).toString());
}

/** Reads events until there are `count`. */
export async function take(watch: WatchAnswer, count: number): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const batch of watch) {
    events.push(...batch);
    if (events.length >= count) break;
  }
  return events;
}

/** `ADDED web-1`, for comparison. */
export function seen(events: readonly WatchEvent[]): string[] {
  return events.map((event) => {
    const line: Loose = JSON.parse(Buffer.from(event.bytes).toString());
    return `${line.type} ${line.object.metadata.name ?? line.object.reason ?? ''}`.trim();
  });
}

/** The Status of a call that must fail, as `code reason: message`. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.reason}: ${error.message}`;
    throw error;
  }
  throw new Error('the call was expected to fail');
}

export function pod(name: string, more: Loose = {}): Loose {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...more.metadata },
    spec: { containers: [{ name: 'main', image: 'flotilla/pause' }], ...more.spec },
  };
}

export function configMap(name: string, more: Loose = {}): Loose {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more.metadata }, data: more.data ?? {} };
}
