import { prefixEnd } from '@flotilla/mvcc';
import type { KeyValueStore, WatchResponse, WatchStream } from '../index.js';

/** Registers one test of the suite. */
export type Check = (name: string, body: (kv: KeyValueStore) => Promise<void>) => void;

/** Far more than any check needs on an idle machine. */
export const checkTimeoutMs = 60_000;

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const text = (value: Uint8Array): string => Buffer.from(value).toString();
export const all = { key: bytes('\0'), rangeEnd: bytes('\0') };
export const under = (prefix: string) => ({ key: bytes(prefix), rangeEnd: prefixEnd(bytes(prefix)) });

/** `type key=value` per event. */
export const told = (response: WatchResponse): string[] =>
  response.events.map(({ type, kv }) => `${type} ${text(kv.key)}${type === 'put' ? `=${text(kv.value)}` : ''}`);

/** The next `count` responses. */
export async function take(watch: WatchStream, count: number): Promise<WatchResponse[]> {
  const iterator = watch[Symbol.asyncIterator]();
  const responses: WatchResponse[] = [];
  while (responses.length < count) {
    const { value, done } = await iterator.next();
    if (done === true) throw new Error('the watch ended early');
    responses.push(value);
  }
  return responses;
}

/** The revisions of the next `count` responses that have events. */
export async function takeRevisions(watch: WatchStream, count: number): Promise<number[]> {
  const revisions: number[] = [];
  while (revisions.length < count) {
    const [response] = await take(watch, 1);
    if (response !== undefined && response.events.length > 0) revisions.push(response.revision);
  }
  return revisions;
}

/** `first, first + 1, …`, `count` of them. */
export const consecutive = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
