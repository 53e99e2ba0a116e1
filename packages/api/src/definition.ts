import type { ApplySchema } from './apply/apply-schema.js';
import type { Column } from './columns/column.js';
import type { TableRowCondition } from './columns/table.js';
import type { FieldError } from './errors/field-error.js';
import type { Draft, KubernetesObject } from './objects.js';
import type { StructuralSchema } from './structural/structural-schema.js';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** How an update of a part of an object, such as a pod's ephemeral containers, is made of what a client has sent. */
export interface PartUpdate<T extends KubernetesObject = KubernetesObject> {
  /**
   * @param old a copy that may be written to
   * @param now RFC 3339
   * @returns `old` but for what this path changes, which is taken from the draft
   */
  merge(old: Draft<T>, draft: Draft<T>, now: string): Draft<T>;
  /** Runs on what `merge` has made, beside what every update's metadata must fulfil. */
  validate(draft: Draft<T>, old: T): readonly FieldError[];
}

/** Another path under an object, such as `/status`, with the kind that is read from it or written to it. */
export interface Subresource<T extends KubernetesObject = KubernetesObject> {
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly Verb[];
  /** For paths to a part of the object itself; `/status`, which most kinds have, is known without. */
  readonly part?: PartUpdate<T>;
}

/** How the scale subresource reads and writes the object it belongs to. Paths are as in a CustomResourceDefinition. */
export interface ScaleRules<T> {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** The selector of the scaled pods, as text. */
  selector(object: T): string;
}

/** Between the version that a definition serves and the one that is stored; all are plain objects, none is changed. */
export type Conversion = LocalConversion | RemoteConversion;

export interface LocalConversion {
  toStorage(object: KubernetesObject): KubernetesObject;
  fromStorage(object: KubernetesObject): KubernetesObject;
}

/** Somebody else converts: many objects at a time, in the order in which they are given. */
export interface RemoteConversion {
  readonly remote: true;
  /** @throws StatusError when the other side does not */
  toStorage(objects: readonly KubernetesObject[]): Promise<readonly KubernetesObject[]>;
  /** @throws StatusError when the other side does not */
  fromStorage(objects: readonly KubernetesObject[]): Promise<readonly KubernetesObject[]>;
}

/** Declared as a method, so that a definition of one kind counts as a definition of any kind. */
type FieldReader<T> = { read(object: T): string }['read'];

export const metadataParts = ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const;
type MetadataPart = (typeof metadataParts)[number];

/**
 * Everything that the system knows about one kind: routes, discovery, OpenAPI, defaults, validation, storage keys and
 * table columns all come from here, and every verb is written once for all kinds.
 *
 * The hooks are pure. Those that take a draft write to it: the draft belongs to the request.
 */
export interface Definition<T extends KubernetesObject = KubernetesObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  /** The resource's name in URLs and in RBAC rules. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** The object's schema: a name for `modelSchema`; where `schema` is there, only the name under which OpenAPI publishes it. */
  readonly model: string;
  /** How server-side apply merges objects; absent: as the model and its list rules say. */
  readonly applySchema?: ApplySchema;
  /** The schema of a kind that was defined at run time, by a CustomResourceDefinition. */
  readonly schema?: StructuralSchema;
  /** What clients are warned of that still use this version. */
  readonly deprecation?: string;
  /** Where objects lie below the store's prefix, such as `services/specs`. Two definitions with one path are two views of one resource. */
  readonly storagePath: string;
  readonly conversion: Conversion | undefined;
  readonly subresources: readonly Subresource<T>[];
  readonly scale: ScaleRules<T> | undefined;
  /** Whether metadata.generation counts the changes of the spec. */
  readonly generation: boolean;
  /** Whether an update may leave metadata.resourceVersion out, and then overwrites whatever is there. */
  readonly allowUnconditionalUpdate: boolean;
  /** Whether a finished delete answers with the object instead of a Status. */
  readonly returnsDeleted?: boolean;
  /** Whether an update of an object that is not there creates it. */
  readonly allowCreateOnUpdate: boolean;
  /** Whether finalizers may be called without a domain, as Kubernetes allows for all but its first kinds. */
  readonly plainFinalizers?: boolean;
  /** Whether a new object has the status that its client gives it; others begin without. */
  readonly statusOnCreate?: boolean;
  /** Parts of the metadata that an update of the status leaves as they are; in most kinds it may change them. */
  readonly statusKeeps?: readonly MetadataPart[];
  readonly columns: readonly Column<T>[];
  /** What a table's row says of the object beside its cells. */
  rowConditions?(object: T): readonly TableRowCondition[];
  /** The order of a table's rows, where it is not that of the list. */
  compareRows?(a: T, b: T): number;
  /** What a fieldSelector may name, each with how to read it. */
  readonly selectableFields: Readonly<Record<string, FieldReader<T>>>;

  /** What is wrong with a name, each as a sentence; empty when nothing is. `prefix`: the name is a generateName. */
  nameProblems(name: string, prefix: boolean): readonly string[];
  /** Fills in what the client left out. Idempotent; runs on every write. */
  defaults?(draft: Draft<T>): void;
  prepareForCreate?(draft: Draft<T>): void;
  prepareForUpdate?(draft: Draft<T>, old: T): void;
  /** `now`: RFC 3339. */
  prepareForStatusUpdate?(draft: Draft<T>, old: T, now: string): void;
  /**
   * Runs on create and on update, on top of what every kind's metadata must fulfil.
   * `old`: what an update changes, for kinds that do not judge again what has not changed.
   */
  validate?(draft: Draft<T>, old?: T): readonly FieldError[];
  /** What holds only for objects that are new. */
  validateCreate?(draft: Draft<T>): readonly FieldError[];
  /** What may not change, and what may change only so. */
  validateUpdate?(draft: Draft<T>, old: T): readonly FieldError[];
  validateStatusUpdate?(draft: Draft<T>, old: T): readonly FieldError[];
  /**
   * What a client is warned of that writes the object, which is fine otherwise.
   * `old`: what an update of the main resource changes.
   */
  warnings?(draft: Draft<T>, old?: T): readonly string[];
  /** What else the first delete of an object does to it, such as adding a finalizer. `now`: RFC 3339. */
  beginDeletion?(draft: Draft<T>, now: string): void;
  /**
   * For kinds whose deletion takes time: how many seconds an object gets, 0 for none.
   * `requested`: what the deletion's options say.
   */
  gracePeriodSeconds?(object: T, requested: number | undefined): number;
}
