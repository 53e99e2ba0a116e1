import { type Definition, type KubernetesObject, StatusError, statusErrors } from '@flotilla/api';
import { updateAttemptsMax } from '../limits.js';
import { encodedOnce } from '../storage/encoded-once.js';
import { alone, type Companion } from '../storage/object-store.js';
import { type StoredObject, storable } from '../storage/stored-object.js';
import { toStorage } from './convert.js';
import type { EncodedObject } from './registry.js';
import { type RegistryContext, resourceOf } from './registry-context.js';

/** What one attempt wants to do with the object that it was shown. */
export type Step =
  | { readonly write: KubernetesObject; readonly companion?: Companion }
  /** `as`: the object's last state, as clients will see it. */
  | { readonly remove: KubernetesObject; readonly companion?: Companion }
  | { readonly keep: true };

export interface WriteTarget {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface WriteOutcome extends EncodedObject {
  readonly removed: boolean;
}

/**
 * Changes an object by compare-and-swap: shows the current one to `attempt`, and shows it again whenever somebody else was faster.
 *
 * The first attempt may be shown the cache's object, which saves a read. What it decides is only believed when the
 * store agrees: a failure is thrown, and an unchanged object answered, after the store was asked.
 * @param attempt gets the object in the definition's version; may throw StatusErrors
 */
export async function writeLoop(
  context: RegistryContext,
  definition: Definition,
  target: WriteTarget,
  dryRun: boolean,
  attempt: (current: KubernetesObject) => Promise<Step>,
): Promise<WriteOutcome> {
  const { keys, objects } = context;
  const key = keys.object(definition, target.namespace, target.name);
  let current = dryRun ? undefined : await fromCache(context, definition, key);
  let certain = current === undefined;
  current ??= await objects.get(key);
  for (let attempts = 1; attempts <= updateAttemptsMax; attempts++) {
    if (current === undefined) {
      if (certain) throw statusErrors.notFound(resourceOf(definition), target.name);
      [current, certain] = [await objects.get(key), true];
      continue;
    }
    const result = await tryOnce(context, definition, current, dryRun, attempt, certain);
    if (result === 'stale') [current, certain] = [await objects.get(key), true];
    else if ('conflict' in result) [current, certain] = [result.conflict, true];
    else return result;
  }
  throw statusErrors.serverTimeout(resourceOf(definition), 'update', 1);
}

async function tryOnce(
  { objects, caches }: RegistryContext,
  definition: Definition,
  current: StoredObject,
  dryRun: boolean,
  attempt: (current: KubernetesObject) => Promise<Step>,
  certain: boolean,
): Promise<WriteOutcome | { readonly conflict: StoredObject | undefined } | 'stale'> {
  const view = caches.view(definition);
  if (view.prepare !== undefined) await view.prepare([current]);
  const shown = view.of(current);
  let step: Step;
  try {
    step = await attempt(shown.object);
  } catch (error) {
    if (!certain && error instanceof StatusError) return 'stale';
    throw error;
  }
  // What is encrypted with a key of the past is written again, though it says the same.
  if ('keep' in step && certain && !dryRun && objects.isStale(current)) step = { write: shown.object };
  if ('keep' in step) return certain ? { object: shown.object, bytes: shown.bytes, removed: false } : 'stale';
  if ('remove' in step) {
    if (dryRun) return outcome(encodedOnce(step.remove), true);
    const result = await objects.delete(current, step.companion ?? alone);
    if ('conflict' in result) return { conflict: result.conflict.current };
    const { written } = result;
    const unchanged = step.remove === shown.object;
    if (unchanged && view.prepare !== undefined) await view.prepare([written]);
    return outcome(unchanged ? view.of(written) : encodedOnce(withVersion(step.remove, written.modRevision)), true);
  }
  if (dryRun) return outcome(encodedOnce(withVersion(step.write, current.modRevision)), false);
  const content = storable(await toStorage(definition, step.write));
  const unchanged = step.companion === undefined && current.holds(content.bytes) && !objects.isStale(current);
  if (unchanged) return certain ? outcome(shown, false) : 'stale';
  const result = await objects.replace(current.key, content, current.modRevision, step.companion ?? alone);
  if ('conflict' in result) return { conflict: result.conflict.current };
  if (view.prepare !== undefined) await view.prepare([result.written]);
  return outcome(view.of(result.written), false);
}

async function fromCache({ caches }: RegistryContext, definition: Definition, key: string): Promise<StoredObject | undefined> {
  const cache = caches.existing(definition);
  return cache === undefined ? undefined : (await cache.snapshot()).objects.get(key);
}

function withVersion(object: KubernetesObject, revision: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function outcome(encoded: EncodedObject, removed: boolean): WriteOutcome {
  return {
    removed,
    get object() {
      return encoded.object;
    },
    get bytes() {
      return encoded.bytes;
    },
  };
}
