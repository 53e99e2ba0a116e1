import type { Credentials, FaceName } from './faces/face.js';

export type LoadOperation = 'put' | 'range' | 'txn';

/** What a generator process is told to do: closed loops, each with one request under way at any time. */
export interface LoadSpec {
  readonly face: FaceName;
  readonly operation: LoadOperation;
  readonly endpoints: readonly string[];
  readonly credentials?: Credentials;
  /** Closed loops. */
  readonly clients: number;
  /** That they share; the JSON face has one for each client, as HTTP/1.1 needs. */
  readonly connections: number;
  readonly keys: number;
  readonly valueBytes: number;
  /** Before what is measured, so that compilers and connections have settled. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The members', whose CPU and memory are measured alongside. */
  readonly pids: readonly number[];
}

/** What it found, in the time that was measured. Milliseconds and bytes. */
export interface LoadResult {
  readonly operations: number;
  readonly failures: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Of all members together, and of the generator: CPU time for one operation, in microseconds. */
  readonly memberCpuUs: number;
  readonly generatorCpuUs: number;
  /** Of the members: the largest resident size. */
  readonly rssBytes: number;
}

/** Keys have one length, and lie in one range. */
export function benchKey(i: number): Buffer {
  return Buffer.from(`/bench/${String(i).padStart(9, '0')}`);
}
