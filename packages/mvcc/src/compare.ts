import { compareBytes, keySpan } from './bytes.js';
import type { Compare, KeyValue } from './model.js';
import type { ReadView } from './read-view.js';

const noBytes = new Uint8Array(0);

/** @returns whether every key of the compare's range (or the one key, present or not) satisfies it */
export function holds(view: ReadView, compare: Compare): boolean {
  let any = false;
  let all = true;
  view.index.visitLive(keySpan(compare.key, compare.rangeEnd), view.revision, (revision) => {
    any = true;
    all = satisfies(compare, view.load(revision));
    return all;
  });
  if (any) return all;
  if ('value' in compare.target) return false; // a key that is not there has no value to compare
  return satisfies(compare, { key: compare.key, value: noBytes, createRevision: 0, modRevision: 0, version: 0, lease: 0n });
}

function satisfies(compare: Compare, kv: KeyValue): boolean {
  const sign = order(compare.target, kv);
  switch (compare.result) {
    case 'equal':
      return sign === 0;
    case 'not_equal':
      return sign !== 0;
    case 'greater':
      return sign > 0;
    case 'less':
      return sign < 0;
  }
}

function order(target: Compare['target'], kv: KeyValue): number {
  if ('version' in target) return kv.version - target.version;
  if ('createRevision' in target) return kv.createRevision - target.createRevision;
  if ('modRevision' in target) return kv.modRevision - target.modRevision;
  if ('value' in target) return compareBytes(kv.value, target.value);
  return kv.lease < target.lease ? -1 : kv.lease > target.lease ? 1 : 0;
}
