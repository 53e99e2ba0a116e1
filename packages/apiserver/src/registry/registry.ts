import type { Definition, GroupVersionKind, KubernetesObject, Status } from '@flotilla/api';
import type { UserInfo } from '../auth/user-info.js';

/** What every request carries, already authenticated and authorized. */
export interface RequestContext {
  readonly user: UserInfo;
  /** Aborts when the client goes away or the request times out: waiting ends, a write under way is not undone. */
  readonly signal: AbortSignal;
  /** What others have to say of the request; absent: nobody reads it. */
  readonly notes?: RequestNotes | undefined;
}

/** Collects what is said of a request beside its answer. */
export interface RequestNotes {
  /** For a Warning header; what was said already is not said again. */
  warn(text: string): void;
  /** For the audit log. */
  annotate(key: string, value: string): void;
  /** Waits for others, whose time this is: metrics tell it apart. */
  elsewhere<T>(work: Promise<T>): Promise<T>;
}

/** One object, or the collection when there is no name. */
export interface Target extends RequestContext {
  /** Absent: a cluster-scoped resource, or every namespace of a list or watch. */
  readonly namespace?: string | undefined;
  /** `status`, `scale`, `binding`, `eviction`, `finalize`; absent: the object itself. */
  readonly subresource?: string | undefined;
}

export interface NamedTarget extends Target {
  readonly name: string;
}

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** Query parameters of create, update and patch. */
export interface WriteOptions {
  /** Everything happens but the write to the store. */
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly fieldManager: string;
}

/** DeleteOptions, from the body or the query. */
export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground' | undefined;
  /** Whether a deletion that takes time is answered with 202: for clients that ask in the old way, by orphanDependents=false. */
  readonly acceptedWhenPending?: boolean | undefined;
  readonly preconditions?: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined } | undefined;
}

export interface CreateRequest extends Target {
  /** Of the URL: of a subresource's object (`pods/web-1/binding`); absent on plain creates. */
  readonly name?: string | undefined;
  readonly body: unknown;
  /** Messages of the parser, such as duplicate fields: refused under Strict, warnings under Warn. */
  readonly bodyProblems?: readonly string[] | undefined;
  readonly options: WriteOptions;
}

export interface GetRequest extends NamedTarget {
  /** Empty: the most recent; `0`: whatever the cache holds; else not older than this. */
  readonly resourceVersion: string;
}

/** Query parameters of list and watch, as they came; empty where not given. */
export interface ListRequest extends Target {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly resourceVersion: string;
  /** `Exact`, `NotOlderThan` or empty; anything else is refused. */
  readonly resourceVersionMatch: string;
  /** 0: no limit. */
  readonly limit: number;
  /** The token of the previous page; empty on the first. */
  readonly continue: string;
  /** Of watches alone. Absent: the caller did not say, so what resourceVersion implies. */
  readonly sendInitialEvents?: boolean | undefined;
}

/** The part of a list request that asks for everything, as new as can be. */
export const wholeResource = {
  labelSelector: '',
  fieldSelector: '',
  resourceVersion: '',
  resourceVersionMatch: '',
  limit: 0,
  continue: '',
} as const;

export interface WatchRequest extends ListRequest {
  readonly allowWatchBookmarks: boolean;
}

export interface UpdateRequest extends NamedTarget {
  readonly body: unknown;
  readonly bodyProblems?: readonly string[] | undefined;
  readonly options: WriteOptions;
}

export interface PatchRequest extends NamedTarget {
  /** Of an apply: takes fields from whoever owns them. */
  readonly force?: boolean | undefined;
  /** Throws when the user may not create the object, which an apply does where there is none. */
  readonly mayCreate?: (() => Promise<void>) | undefined;
  /** The media type without parameters: `application/merge-patch+json`, … */
  readonly contentType: string;
  readonly body: unknown;
  readonly bodyProblems?: readonly string[] | undefined;
  readonly options: WriteOptions;
}

export interface DeleteRequest extends NamedTarget {
  readonly options: DeleteOptions;
}

/** `pods/web-1/exec` and its kin; and what is created on a path of an object without being stored, such as a token. */
export interface ConnectRequest extends NamedTarget {
  /** By default CONNECT. */
  readonly operation?: 'CONNECT' | 'CREATE';
  /** Of `options`, such as PodExecOptions. */
  readonly kind: GroupVersionKind;
  readonly options: KubernetesObject;
}

export interface DeleteCollectionRequest extends ListRequest {
  readonly options: DeleteOptions;
}

/** An object as it goes to clients: of the definition's group and version, with its resourceVersion. Frozen in spirit: never change it. */
export interface EncodedObject {
  readonly object: KubernetesObject;
  /** The JSON text of `object`; made at most once, however often it is read. */
  readonly bytes: Uint8Array;
}

/** What a verb on one object answers. `object` may be a Status (deletes, bindings, evictions). */
export interface ObjectAnswer extends EncodedObject {
  /** The HTTP status code: 200, 201 (created) or 202 (accepted, such as a delete that waits for finalizers). */
  readonly code: number;
  /** For Warning headers. */
  readonly warnings: readonly string[];
}

export interface ListAnswer {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: readonly EncodedObject[];
  /** The JSON text of the whole list, in pieces that can be written one after the other. */
  chunks(): Generator<Uint8Array, undefined>;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WatchEvent {
  readonly type: WatchEventType;
  /** A Status when the type is ERROR; after it the stream ends. */
  readonly object: KubernetesObject | Status;
  /** What `object` is read from. */
  readonly encoded: EncodedObject;
  /** Of a MODIFIED event: what the object was before, under the revision of the change. */
  readonly before: EncodedObject | undefined;
  /** `{"type":"ADDED","object":{…}}` and a line feed; made at most once for all watchers. */
  readonly bytes: Uint8Array;
  /** The same as a chunk of HTTP's chunked transfer coding, ready to be written to a connection. */
  readonly chunk: Uint8Array;
}

/**
 * Events in batches, in order. Ends when closed, when the request's signal aborts, or after an ERROR event.
 * A reader that falls behind is dropped: its last event is then an ERROR with 410 Expired.
 */
export interface WatchAnswer extends AsyncIterable<readonly WatchEvent[]> {
  close(): void;
}

/**
 * Every verb, once for all kinds. All reject with StatusError for what a client did wrong or the store could not do.
 */
export interface Registry {
  create(definition: Definition, request: CreateRequest): Promise<ObjectAnswer>;
  get(definition: Definition, request: GetRequest): Promise<ObjectAnswer>;
  list(definition: Definition, request: ListRequest): Promise<ListAnswer>;
  watch(definition: Definition, request: WatchRequest): Promise<WatchAnswer>;
  update(definition: Definition, request: UpdateRequest): Promise<ObjectAnswer>;
  patch(definition: Definition, request: PatchRequest): Promise<ObjectAnswer>;
  delete(definition: Definition, request: DeleteRequest): Promise<ObjectAnswer>;
  deleteCollection(definition: Definition, request: DeleteCollectionRequest): Promise<ListAnswer>;
  /** Whether a request may go on to a pod, a node or a Service, or make a token. @throws StatusError when admission refuses it */
  admitConnection(definition: Definition, request: ConnectRequest): Promise<void>;
  /**
   * What the cache holds now, without waiting for the store: for the server's own reads (authorizers, admission).
   * The first call for a resource waits until its cache is filled.
   */
  cached(definition: Definition): CachedReader | Promise<CachedReader>;
  /** How many objects the cache of the resource holds now; 0 as long as there is none. */
  objectCount(definition: Definition): number;
  /** Undefined as long as there is no cache of the resource. */
  cacheCounts(definition: Definition): CacheCounts | undefined;
  close(): Promise<void>;
}

/** What a watch cache has done since it was made. */
export interface CacheCounts {
  /** Fills from the store: one, and one more for every time that it lost touch. */
  readonly initializations: number;
  /** Events of the store. */
  readonly received: number;
  /** Watches that were ended because their client did not read. */
  readonly terminated: number;
  /** Events that it remembers. */
  readonly capacity: number;
}

/** A live view of one resource's cache. */
export interface CachedReader {
  get(namespace: string, name: string): KubernetesObject | undefined;
  list(namespace?: string): Iterable<KubernetesObject>;
}
