import type { ListMeta, ObjectMeta } from './generated/types.js';

/** What every stored object is; a kind's own interface (Pod, Deployment, …) has more. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object that an API server has answered with: the members of its metadata that the server fills in are there. */
export type Persisted<T extends KubernetesObject = KubernetesObject> = T & { readonly metadata: PersistedMeta };

export interface PersistedMeta extends ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

export interface ObjectList<T extends KubernetesObject = KubernetesObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ListMeta;
  readonly items: readonly T[];
}

export interface GroupVersion {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
}

export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

export interface GroupResource {
  readonly group: string;
  /** The plural name, as in the URL. */
  readonly resource: string;
}

export interface GroupVersionKind extends GroupVersion, GroupKind {}

/**
 * An object on its way in: writable, and every member may be missing, because nothing but the types of the members
 * that are there has been checked yet. Defaults and strategies write to it; validation reads it.
 */
export type Draft<T> = T extends readonly (infer Item)[]
  ? Draft<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]?: Draft<T[K]> | undefined }
    : T;

/** `v1` or `apps/v1`, as in an object's apiVersion. */
export function apiVersionOf({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}

export function parseApiVersion(apiVersion: string): GroupVersion {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `pods` or `deployments.apps`: how messages name a resource. */
export function groupResourceText({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** `Pod` or `Deployment.apps`: how messages name a kind. */
export function groupKindText({ group, kind }: GroupKind): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** `apps/v1, Kind=Deployment`: how Go prints a kind. */
export function groupVersionKindText({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}, Kind=${kind}`;
}
