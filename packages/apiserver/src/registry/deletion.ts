import {
  cloneJson,
  type Definition,
  type Draft,
  type KubernetesObject,
  type Mutable,
  type Pod,
  statusErrors,
  timeText,
} from '@flotilla/api';
import type { DeleteOptions } from './registry.js';
import { resourceOf } from './registry-context.js';

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** What a delete does to an object: it goes at once, or it is marked and goes when its finalizers and its kubelet are done. */
export type Deletion = { readonly vanishes: true } | { readonly vanishes: false; readonly marked: KubernetesObject };

/** @throws StatusError Conflict */
export function checkPreconditions(definition: Definition, object: KubernetesObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = object;
  const fail = (what: string, wanted: string, found: string) => {
    const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`;
    throw statusErrors.conflict(resourceOf(definition), metadata.name ?? '', why);
  };
  if (uid !== undefined && uid !== metadata.uid) fail('UID', uid, metadata.uid ?? '');
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    fail('ResourceVersion', resourceVersion, metadata.resourceVersion ?? '');
  }
}

/** Pure: what `options` mean for this object now. */
export function planDeletion(definition: Definition, object: KubernetesObject, options: DeleteOptions, nowMs: number): Deletion {
  const marked = cloneJson(object);
  marked.metadata.finalizers = finalizersAfter(object.metadata.finalizers ?? [], options);
  const graceSeconds = definition.storagePath === 'pods' ? podGraceSeconds(object as Pod, options) : 0;
  const before = object.metadata.deletionGracePeriodSeconds;
  const alreadyMarked = object.metadata.deletionTimestamp !== undefined;
  if (!alreadyMarked || (before !== undefined && graceSeconds < before)) {
    marked.metadata.deletionTimestamp = timeText(nowMs + graceSeconds * 1_000);
    marked.metadata.deletionGracePeriodSeconds = graceSeconds;
  }
  if (!alreadyMarked && object.metadata.generation !== undefined) marked.metadata.generation = object.metadata.generation + 1;
  if (!alreadyMarked) definition.beginDeletion?.(marked as Draft<KubernetesObject>, timeText(nowMs)); // a copy has the type of its original
  if (definition.storagePath === 'namespaces') markTerminating(marked);
  if (marked.metadata.finalizers?.length === 0) delete marked.metadata.finalizers;
  return readyToVanish(marked) ? { vanishes: true } : { vanishes: false, marked };
}

/** Deleted, and nobody is left who wanted to do something first. */
export function readyToVanish(object: KubernetesObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  return namespaceFinalizers(object).length === 0;
}

function finalizersAfter(finalizers: readonly string[], { propagationPolicy }: DeleteOptions): string[] {
  if (propagationPolicy === undefined) return [...finalizers];
  const others = finalizers.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (propagationPolicy === 'Orphan') return [...others, orphan];
  return propagationPolicy === 'Foreground' ? [...others, foreground] : others;
}

/** Only a pod that some kubelet runs needs time; a negative period in its spec means one second. */
function podGraceSeconds(pod: Pod, options: DeleteOptions): number {
  const { nodeName = '', terminationGracePeriodSeconds = 30 } = pod.spec;
  const phase = pod.status?.phase;
  const wanted = options.gracePeriodSeconds ?? terminationGracePeriodSeconds;
  if (nodeName === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  return wanted < 0 ? 1 : wanted;
}

function namespaceFinalizers(object: KubernetesObject): readonly unknown[] {
  if (object.kind !== 'Namespace' || !('spec' in object)) return [];
  const { spec } = object as { readonly spec?: { readonly finalizers?: readonly string[] } }; // a Namespace
  return spec?.finalizers ?? [];
}

function markTerminating(namespace: Mutable<KubernetesObject>): void {
  const status = 'status' in namespace ? namespace.status : {};
  Object.assign(namespace, { status: { ...(status as object), phase: 'Terminating' } });
}
