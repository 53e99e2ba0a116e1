import { type KubernetesObject, kinds } from '@flotilla/api';
import { AssertionError, backoffMs, sleep } from '@flotilla/base';
import { type ApiClient, type Discovery, discover, type InformerFactory, type ServedResource } from '@flotilla/client';

/** Told of a resource when it begins to be served. `gone` aborts when it is served no more, or the controllers stop. */
export type ServedListener = (resource: ServedResource, gone: AbortSignal) => void;

interface Served {
  readonly resource: ServedResource;
  readonly gone: AbortController;
}

/** For what changes without an object that tells of it, such as a restarted extension server. Kubernetes' garbage collector looks as often. */
const lookAgainMs = 30_000;
/** After a definition has changed: of several API servers, some learn of it later than the one that told us. */
const afterChangeMs = [0, 500, 2_000, 10_000];
const retry = { baseMs: 200, maxMs: 5_000 };

/**
 * The resources that the API servers serve, the custom ones and those of extension servers among them: for the controllers that
 * work on whatever there is. They come and go while those run.
 */
export class ServedResources {
  readonly #client: ApiClient;
  readonly #served = new Map<string, Served>();
  readonly #listeners: ServedListener[] = [];
  #wake: () => void = () => undefined;
  /** How many of `afterChangeMs` have been waited for since the last change. */
  #looks = 0;
  /** Numbers of refreshes. */
  #asked = 0;
  #compared = 0;

  constructor(client: ApiClient, informers: InformerFactory) {
    this.#client = client;
    const changed = () => {
      this.#looks = 0;
      this.#wake();
    };
    const ifOther = (before: KubernetesObject, after: KubernetesObject) => {
      if (before.metadata.generation !== after.metadata.generation || conditionsText(before) !== conditionsText(after)) changed();
    };
    const handler = { added: changed, updated: ifOther, deleted: changed };
    informers.informer(kinds.customResourceDefinitions).addHandler(handler);
    informers.informer(kinds.apiServices).addHandler(handler);
  }

  /** Tells of each resource that is served now, and of those that come. */
  follow(listener: ServedListener): void {
    this.#listeners.push(listener);
    for (const { resource, gone } of this.#served.values()) listener(resource, gone.signal);
  }

  /** What is known by now to be served as this kind, of whatever version. */
  ofKind(group: string, kind: string): ServedResource | undefined {
    for (const { resource } of this.#served.values()) if (resource.group === group && resource.kind === kind) return resource;
    return undefined;
  }

  /** Looks now. @throws as `discover` */
  async refresh(signal: AbortSignal): Promise<Discovery> {
    const number = ++this.#asked;
    const discovery = await discover(this.#client, signal);
    // Of two that overtake each other, the one that was asked for later is true.
    if (!signal.aborted && number > this.#compared) {
      this.#compared = number;
      this.#compare(discovery);
    }
    return discovery;
  }

  /** Keeps looking until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { random, log } = this.#client;
    let failures = 0;
    while (!signal.aborted) {
      const delayMs = failures > 0 ? backoffMs(failures, retry, random) : (afterChangeMs[this.#looks++] ?? lookAgainMs);
      await this.#sleep(delayMs, signal);
      if (signal.aborted) break;
      try {
        await this.refresh(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof AssertionError) throw error;
        failures++;
        log.debug({ err: error }, 'discovery failed, trying again');
      }
    }
    for (const { gone } of this.#served.values()) gone.abort(signal.reason);
    this.#served.clear();
  }

  /** @returns early when something changes */
  async #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const stop = () => woken.abort();
    signal.addEventListener('abort', stop, { once: true });
    await sleep(this.#client.clock, delayMs, woken.signal).catch(() => undefined);
    signal.removeEventListener('abort', stop);
    this.#wake = () => undefined;
  }

  #compare({ resources, failed }: Discovery): void {
    const now = new Map(resources.map((resource) => [identity(resource), resource]));
    for (const [key, { resource, gone }] of this.#served) {
      // Nobody answered for its group: it is likely to be there still.
      if (now.has(key) || failed.has(groupVersionOf(resource))) continue;
      this.#served.delete(key);
      gone.abort();
    }
    for (const [key, resource] of now) {
      if (this.#served.has(key)) continue;
      const gone = new AbortController();
      this.#served.set(key, { resource, gone });
      for (const listener of this.#listeners) listener(resource, gone.signal);
    }
  }
}

/** Whatever of it changes makes it another resource. */
function identity({ group, version, plural, kind, namespaced, verbs }: ServedResource): string {
  return [group, version, plural, kind, namespaced, ...verbs].join('/');
}

function groupVersionOf({ group, version }: ServedResource): string {
  return group === '' ? version : `${group}/${version}`;
}

function conditionsText(object: KubernetesObject): string {
  const { status } = object as {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }; // as both kinds have it
  return (status?.conditions ?? []).map(({ type, status: value }) => `${type}=${value}`).join();
}
