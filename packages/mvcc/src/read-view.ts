import { compareBytes, keySpan } from './bytes.js';
import type { KeyIndex } from './key-index.js';
import type { KeyValue, RangeRequest, RangeResponse } from './model.js';
import type { KeyRevision } from './record.js';
import { storeErrors } from './store-error.js';

/** What a read needs: the store between commands, or a transaction that sees its own changes. */
export interface ReadView {
  readonly index: KeyIndex;
  readonly revision: number;
  readonly compactRevision: number;
  load(revision: KeyRevision): KeyValue;
}

/** @throws StoreError `future-revision`, `compacted` */
export function checkReadable(view: ReadView, revision: number): void {
  if (revision > view.revision) throw storeErrors.futureRevision();
  if (revision > 0 && revision < view.compactRevision) throw storeErrors.compacted(view.compactRevision);
}

/** @throws StoreError `future-revision`, `compacted` */
export function rangeIn(view: ReadView, request: RangeRequest): RangeResponse {
  const wanted = request.revision ?? 0;
  checkReadable(view, wanted);
  const main = wanted > 0 ? wanted : view.revision;
  const span = keySpan(request.key, request.rangeEnd);
  const limit = request.limit ?? 0;
  const order = effectiveOrder(request);
  // Sorted or filtered answers need every key before the limit can be applied. A sort target without an order sorts
  // only what the limit let through, and one more: odd, but it is what etcd does.
  const unordered = (request.sortOrder ?? 'none') === 'none' || order === 'as-is';
  const stopEarly = limit > 0 && unordered && !isFiltered(request);
  const found: KeyRevision[] = [];
  let count = 0;
  view.index.visitLive(span, main, (revision) => {
    count++;
    if (request.countOnly !== true && (!stopEarly || found.length <= limit) && passes(request, revision)) found.push(revision);
    return true;
  });
  if (order === 'as-is') {
    const more = limit > 0 && found.length > limit;
    const kvs = (more ? found.slice(0, limit) : found).map((revision) => load(view, request, revision));
    return { revision: view.revision, kvs, more, count };
  }
  const kvs = found.map((revision) => view.load(revision)).sort(comparator(request, order));
  const more = limit > 0 && kvs.length > limit;
  const page = more ? kvs.slice(0, limit) : kvs;
  return { revision: view.revision, kvs: request.keysOnly === true ? page.map(withoutValue) : page, more, count };
}

const noBytes = new Uint8Array(0);
const withoutValue = (kv: KeyValue): KeyValue => ({ ...kv, value: noBytes });

function load(view: ReadView, request: RangeRequest, revision: KeyRevision): KeyValue {
  const kv = view.load(revision);
  return request.keysOnly === true ? withoutValue(kv) : kv;
}

/** Keys come out of the index in ascending order; a sort target without an order means ascending, as in etcd. */
function effectiveOrder(request: RangeRequest): 'as-is' | 'ascend' | 'descend' {
  const target = request.sortTarget ?? 'key';
  const order = request.sortOrder ?? 'none';
  if (order === 'descend') return 'descend';
  return target === 'key' ? 'as-is' : 'ascend';
}

function comparator(request: RangeRequest, order: 'ascend' | 'descend'): (a: KeyValue, b: KeyValue) => number {
  const sign = order === 'descend' ? -1 : 1;
  switch (request.sortTarget ?? 'key') {
    case 'key':
      return (a, b) => sign * compareBytes(a.key, b.key);
    case 'value':
      return (a, b) => sign * compareBytes(a.value, b.value);
    case 'version':
      return (a, b) => sign * (a.version - b.version);
    case 'create':
      return (a, b) => sign * (a.createRevision - b.createRevision);
    case 'mod':
      return (a, b) => sign * (a.modRevision - b.modRevision);
  }
}

function isFiltered(request: RangeRequest): boolean {
  const { minModRevision, maxModRevision, minCreateRevision, maxCreateRevision } = request;
  return [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision].some((bound) => (bound ?? 0) > 0);
}

function passes(request: RangeRequest, revision: KeyRevision): boolean {
  const { minModRevision = 0, maxModRevision = 0, minCreateRevision = 0, maxCreateRevision = 0 } = request;
  return (
    revision.main >= minModRevision &&
    (maxModRevision <= 0 || revision.main <= maxModRevision) &&
    revision.createRevision >= minCreateRevision &&
    (maxCreateRevision <= 0 || revision.createRevision <= maxCreateRevision)
  );
}
