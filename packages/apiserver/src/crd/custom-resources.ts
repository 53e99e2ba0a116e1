import {
  type Conversion,
  type CustomResourceDefinition,
  type CustomResourceDefinitionVersion,
  customDefinition,
  type Definition,
  hasReason,
  type KubernetesObject,
  kinds,
  timeText,
} from '@flotilla/api';
import { backoffMs, type Cancel, type Clock, defined, type Logger, type Random } from '@flotilla/base';
import { follow, type GoneObject } from '../auth/followed-resource.js';
import { apiServerUser } from '../auth/user-info.js';
import type { LiveCatalogue } from '../catalogue/catalogue.js';
import { crdRetryMaxMs, crdRetryMinMs } from '../limits.js';
import { type Registry, wholeResource } from '../registry/registry.js';
import type { ServiceReads, WebhookClient } from '../webhooks/webhook-client.js';
import { ruleCheck } from './check-rules.js';
import { isConditionTrue } from './conditions.js';
import type { CountConversion } from './conversion-metrics.js';
import { awaitsDeletion, finishDeletion } from './delete-instances.js';
import { noneConversion } from './none-conversion.js';
import { planStatus } from './plan-status.js';
import { webhookConversion } from './webhook-conversion.js';

export interface CustomResourcesOptions {
  readonly registry: Registry;
  readonly catalogue: LiveCatalogue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** For definitions whose versions a webhook converts. */
  readonly webhooks: WebhookClient;
  readonly countConversion?: CountConversion;
}

const definition = kinds.customResourceDefinitions as unknown as Definition; // declared with its own object type

/**
 * Serves what CustomResourceDefinitions define: follows them like any client, keeps the catalogue as they say, and is the controller
 * of their status and of their deletion. Every API server does this; of two that write a status at once one loses, and looks again.
 */
export class CustomResources {
  readonly #options: CustomResourcesOptions;
  readonly #known = new Map<string, CustomResourceDefinition>();
  readonly #busy = new Set<string>();
  readonly #retries = new Map<string, { readonly failures: number; readonly cancel: Cancel }>();

  constructor(options: CustomResourcesOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => {
      for (const { cancel } of this.#retries.values()) cancel();
    });
  }

  /** Resolves once everything is served that is established now. */
  load(): Promise<void> {
    const { signal, registry, clock, random, log } = this.#options;
    const follower = {
      set: (object: KubernetesObject) => this.#learn(object as unknown as CustomResourceDefinition), // the definition's own kind
      delete: (gone: GoneObject) => this.#forget(gone),
    };
    return follow({ registry, definition, follower, signal, clock, random, log });
  }

  /** Learns of all definitions that have been written by now, wherever that was. */
  async catchUp(signal: AbortSignal): Promise<void> {
    const { items } = await this.#options.registry.list(definition, { ...wholeResource, user: apiServerUser, signal });
    for (const { object } of items) this.#learn(object as unknown as CustomResourceDefinition); // the definition's own kind
  }

  #learn(crd: CustomResourceDefinition): void {
    const name = crd.metadata.name ?? '';
    const before = this.#known.get(name);
    // What catchUp has seen is newer than events that are still on their way.
    if (before !== undefined && revisionOf(before) >= revisionOf(crd)) return;
    this.#known.set(name, crd);
    if (before === undefined || before.metadata.uid !== crd.metadata.uid || isServedOtherwise(before, crd)) this.#serve(crd);
    this.#reconcile(name);
  }

  #forget(gone: GoneObject): void {
    const name = gone.metadata.name ?? '';
    const before = this.#known.get(name);
    if (before === undefined || before.metadata.uid !== gone.metadata.uid) return;
    this.#known.delete(name);
    this.#retries.get(name)?.cancel();
    this.#retries.delete(name);
    this.#options.catalogue.set(name, []);
    // Its names are free now.
    for (const other of this.#known.values())
      if (other.spec.group === before.spec.group) this.#reconcile(other.metadata.name ?? '');
  }

  #serve(crd: CustomResourceDefinition): void {
    const { catalogue, log } = this.#options;
    const name = crd.metadata.name ?? '';
    try {
      catalogue.set(name, isConditionTrue(crd, 'Established') ? this.#definitionsOf(crd) : []);
    } catch (error) {
      log.error({ err: error, crd: name }, 'a CustomResourceDefinition cannot be served');
      catalogue.set(name, []);
    }
  }

  #definitionsOf(crd: CustomResourceDefinition): readonly Definition[] {
    const storage = crd.spec.versions.find((version) => version.storage);
    const served = crd.spec.versions.filter((version) => version.served);
    const storedFirst = [...served].sort((a, b) => Number(b === storage) - Number(a === storage));
    const conversionOf = this.#conversionsOf(crd, storage);
    const definitions = storedFirst.map((version) => customDefinition(crd, version, { conversionOf, rulesOf: ruleCheck }));
    if (crd.metadata.deletionTimestamp === undefined) return definitions;
    return definitions.map((one) => ({ ...one, verbs: one.verbs.filter((verb) => verb !== 'create') }));
  }

  #conversionsOf(
    crd: CustomResourceDefinition,
    storage: CustomResourceDefinitionVersion | undefined,
  ): (version: CustomResourceDefinitionVersion) => Conversion {
    const { webhooks, registry, catalogue, clock, random, countConversion, signal } = this.#options;
    const { group, versions, conversion } = crd.spec;
    const byName = new Map(versions.map((version) => [version.name, noneConversion(group, version, storage ?? version)]));
    const shape = (name: string) => defined(byName.get(name), 'objects are converted to versions that the definition has');
    const reads: ServiceReads = {
      cached: ({ group, plural }) =>
        registry.cached(defined(catalogue.ofResource({ group, resource: plural }), 'a built-in kind')),
    };
    const tools = { webhooks, reads, clock, random, count: countConversion, signal };
    return ({ name }) => {
      // Objects of the only version that was ever stored need nobody to be shown in it.
      const asStored = name === storage?.name && crd.status?.storedVersions?.every((stored) => stored === name) === true;
      if (conversion?.strategy !== 'Webhook' || asStored) return shape(name);
      return webhookConversion(crd, name, storage?.name ?? name, shape, tools);
    };
  }

  /** One run at a time for each definition; what changes meanwhile comes as an event of its own. */
  #reconcile(name: string): void {
    if (this.#busy.has(name) || this.#options.signal.aborted) return;
    const crd = this.#known.get(name);
    if (crd === undefined) return;
    this.#busy.add(name);
    this.#reconcileOnce(crd)
      .then(
        () => this.#settled(name, crd),
        (error: unknown) => this.#failed(name, error),
      )
      .finally(() => this.#busy.delete(name));
  }

  async #reconcileOnce(crd: CustomResourceDefinition): Promise<void> {
    const { registry, clock, signal, catalogue } = this.#options;
    if (awaitsDeletion(crd)) return finishDeletion(crd, { registry, clock, signal, catalogue });
    const status = planStatus(crd, [...this.#known.values()], timeText(clock.wallMs()));
    if (status === undefined) return;
    const options = { dryRun: false, fieldValidation: 'Ignore', fieldManager: 'apiextensions-apiserver' } as const;
    const target = { user: apiServerUser, signal, name: crd.metadata.name ?? '', subresource: 'status' };
    try {
      await registry.update(definition, { ...target, body: { ...crd, status }, options });
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
    }
  }

  #settled(name: string, done: CustomResourceDefinition): void {
    this.#retries.get(name)?.cancel();
    this.#retries.delete(name);
    const now = this.#known.get(name);
    if (now !== undefined && now !== done) queueMicrotask(() => this.#reconcile(name));
  }

  #failed(name: string, error: unknown): void {
    const { clock, random, log, signal } = this.#options;
    if (signal.aborted) return;
    const failures = (this.#retries.get(name)?.failures ?? 0) + 1;
    log.warn({ err: error, crd: name, failures }, 'a CustomResourceDefinition could not be brought up to date');
    const delayMs = backoffMs(failures, { baseMs: crdRetryMinMs, maxMs: crdRetryMaxMs }, random);
    this.#retries.get(name)?.cancel();
    this.#retries.set(name, { failures, cancel: clock.after(delayMs, () => this.#reconcile(name)) });
  }
}

/** Anything but conditions that change nothing about how it is served. */
function isServedOtherwise(before: CustomResourceDefinition, after: CustomResourceDefinition): boolean {
  if (before.metadata.generation !== after.metadata.generation) return true;
  if (JSON.stringify(before.status?.acceptedNames) !== JSON.stringify(after.status?.acceptedNames)) return true;
  return isConditionTrue(before, 'Established') !== isConditionTrue(after, 'Established');
}

function revisionOf({ metadata }: CustomResourceDefinition): number {
  return Number(metadata.resourceVersion ?? 0);
}
