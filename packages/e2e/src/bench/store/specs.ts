import type { LoadResult } from '../measuring/load-result.js';
import type { Credentials, FaceName } from './faces/face.js';

/** What a generator process is told. */
export type GeneratorSpec = LoadSpec | FanOutSpec | FailoverSpec;

interface Target {
  readonly face: FaceName;
  readonly endpoints: readonly string[];
  readonly credentials?: Credentials;
  /** Shared by all that it does. */
  readonly connections: number;
  /** The members', whose CPU and memory are measured alongside. */
  readonly pids: readonly number[];
}

export type LoadOperation = 'put' | 'range' | 'txn' | 'fill';

/** Closed loops, each with one request under way at any time. */
export interface LoadSpec extends Target {
  readonly kind: 'load';
  /** `fill` puts each key once, in order, and is done then. */
  readonly operation: LoadOperation;
  readonly clients: number;
  readonly keys: number;
  readonly valueBytes: number;
  /** Before what is measured, so that compilers and connections have settled. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Many watchers of one prefix, and somebody who puts keys in it. */
export interface FanOutSpec extends Target {
  readonly kind: 'fan-out';
  readonly watchers: number;
  /** Before what is measured, so that compilers and connections have settled. */
  readonly warmUpEvents: number;
  readonly events: number;
  /** Events under way at once: 1 waits until all watchers have one before the next is put. */
  readonly window: number;
}

/** An operation is an event that reached a watcher; its latency counts from before the put. */
export type FanOutResult = Omit<LoadResult, 'failures'>;

/** Puts of ever new keys, while members are killed by somebody else. */
export interface FailoverSpec extends Target {
  readonly kind: 'failover';
  readonly clients: number;
  readonly durationMs: number;
}

export interface FailoverResult {
  /** The keys, as text. */
  readonly acknowledged: readonly string[];
  readonly failures: number;
  /** Between two acknowledgements, whoever got them. */
  readonly longestGapMs: number;
}

/** Keys have one length, and lie in one range. */
export function benchKey(i: number): Buffer {
  return Buffer.from(`/bench/${String(i).padStart(9, '0')}`);
}
