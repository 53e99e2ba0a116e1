import type { LoadResult } from '../measuring/load-result.js';
import type { Cost } from '../measuring/stock.js';

export interface Target {
  readonly host: string;
  readonly port: number;
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  /** The server's own, where it runs here: its CPU and memory are measured alongside. */
  readonly pids: readonly number[];
}

/** `get` and `patch` take pods at random, `group` lists those of one label, the others walk through all of them once. */
export type Operation = 'create' | 'get' | 'list' | 'group' | 'patch' | 'delete';

/** What a generator process is told: closed loops, one a connection. */
export type GeneratorSpec = LoadSpec | WatchersSpec;

export interface LoadSpec {
  readonly kind: 'load';
  readonly target: Target;
  readonly operation: Operation;
  readonly connections: number;
  readonly pods: number;
  /** Of operations without an end of their own. */
  readonly durationMs: number;
}

export interface RequestsResult extends LoadResult {
  /** The body of the last answer. */
  readonly answerBytes: number;
}

/** So many watches of all pods; then one pod changes, again and again. */
export interface WatchersSpec {
  readonly kind: 'watchers';
  readonly target: Target;
  readonly watchers: number;
  /** 1: over HTTP/1.1, as of clients that live in processes of their own; more: over HTTP/2. */
  readonly perConnection: number;
  readonly changes: number;
}

/** From the change being sent to the last watcher having it, over the changes. */
export interface WatchersResult extends Cost {
  readonly p50Ms: number;
  readonly worstMs: number;
}
