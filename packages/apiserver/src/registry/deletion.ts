import {
  type Definition,
  type Draft,
  type KubernetesObject,
  type Mutable,
  type Pod,
  parseTime,
  statusErrors,
  timeText,
} from '@flotilla/api';
import type { DeleteOptions } from './registry.js';

const orphan = 'orphan';
const foreground = 'foregroundDeletion';

/** What a delete does to an object: it goes at once, or it is marked and goes when its finalizers and its kubelet are done. */
export type Deletion = { readonly vanishes: true } | { readonly vanishes: false; readonly marked: KubernetesObject };

/** @throws StatusError Conflict */
export function checkPreconditions(definition: Definition, object: KubernetesObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { metadata } = object;
  const fail = (what: string, wanted: string, found = '', guess: string) => {
    const why = `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${guess}`;
    // Kubernetes names the kind here, not the resource.
    throw statusErrors.conflict({ group: definition.group, resource: definition.kind }, metadata.name ?? '', why);
  };
  if (uid !== undefined && uid !== metadata.uid) fail('UID', uid, metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    fail('ResourceVersion', resourceVersion, metadata.resourceVersion, 'modified');
  }
}

/** Pure: what `options` mean for this object now. */
export function planDeletion(definition: Definition, object: KubernetesObject, options: DeleteOptions, nowMs: number): Deletion {
  // Members are replaced, and nothing below them is changed in place: what is large need not be copied.
  const metadata = { ...object.metadata } as Mutable<KubernetesObject['metadata']>;
  const marked = { ...object, metadata } as Mutable<KubernetesObject>;
  metadata.finalizers = finalizersAfter(definition, object.metadata.finalizers ?? [], options);
  if (metadata.deletionTimestamp === undefined) {
    const graceSeconds = definition.storagePath === 'pods' ? podGraceSeconds(object as Pod, options) : 0;
    metadata.deletionTimestamp = timeText(nowMs + graceSeconds * 1_000);
    metadata.deletionGracePeriodSeconds = graceSeconds;
    if (metadata.generation !== undefined) metadata.generation += 1;
    definition.beginDeletion?.(marked as Draft<KubernetesObject>, timeText(nowMs)); // a copy has the type of its original
  } else shortenGrace(metadata, options.gracePeriodSeconds, nowMs);
  if (definition.storagePath === 'namespaces') markTerminating(marked);
  if (metadata.finalizers?.length === 0) delete metadata.finalizers;
  return readyToVanish(marked) ? { vanishes: true } : { vanishes: false, marked };
}

/** A deletion under way can only be hurried: its end moves back as far as its time is cut, but never into the past. */
function shortenGrace(metadata: Mutable<KubernetesObject['metadata']>, wanted: number | undefined, nowMs: number): void {
  const { deletionTimestamp = '', deletionGracePeriodSeconds: before = 0 } = metadata;
  if (wanted === undefined || before <= 0) return;
  const seconds = wanted < 0 ? 1 : wanted;
  if (seconds >= before) return;
  const endMs = (parseTime(deletionTimestamp) ?? nowMs) + (seconds - before) * 1_000;
  metadata.deletionTimestamp = timeText(Math.max(endMs, nowMs));
  // With no time left, it still takes the kubelet to end the pod, unless it shall end by force.
  metadata.deletionGracePeriodSeconds = endMs < nowMs && seconds > 0 ? 1 : seconds;
}

/** Deleted, and nobody is left who wanted to do something first. */
export function readyToVanish(object: KubernetesObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  return namespaceFinalizers(object).length === 0;
}

/** Kinds whose dependents outlive them unless a deletion says otherwise: what their first API versions promised. */
const orphaning: ReadonlySet<string> = new Set(['jobs', 'controllers']);
/** Kinds that can have no dependents. */
const childless: ReadonlySet<string> = new Set(['events']);

/** The finalizers that make the garbage collector act before the object goes: what was asked for, what is there already, or the kind's default. */
function finalizersAfter(definition: Definition, finalizers: readonly string[], { propagationPolicy }: DeleteOptions): string[] {
  const others = finalizers.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (childless.has(definition.storagePath)) return others;
  if (propagationPolicy === 'Orphan') return [...others, orphan];
  if (propagationPolicy === 'Foreground') return [...others, foreground];
  if (propagationPolicy === 'Background') return others;
  if (others.length < finalizers.length) return [...finalizers];
  return orphaning.has(definition.storagePath) ? [...others, orphan] : others;
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
