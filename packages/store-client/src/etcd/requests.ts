import type { Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, WatchRequest } from '@flotilla/mvcc';
import type { Message } from './messages.js';

/** Numbers of etcd's enums are positions here. */
const sortOrders = ['none', 'ascend', 'descend'] as const;
const sortTargets = ['key', 'version', 'create', 'mod', 'value'] as const;
const compareResults = ['equal', 'greater', 'less', 'not_equal'] as const;
const filters = ['noput', 'nodelete'] as const;
const compareTarget = { version: 0, create: 1, mod: 2, value: 3, lease: 4 } as const;

export function rangeRequest(r: RangeRequest): Message {
  return {
    key: r.key,
    range_end: r.rangeEnd,
    limit: r.limit,
    revision: r.revision,
    sort_order: sortOrders.indexOf(r.sortOrder ?? 'none'),
    sort_target: sortTargets.indexOf(r.sortTarget ?? 'key'),
    serializable: r.serializable,
    keys_only: r.keysOnly,
    count_only: r.countOnly,
    min_mod_revision: r.minModRevision,
    max_mod_revision: r.maxModRevision,
    min_create_revision: r.minCreateRevision,
    max_create_revision: r.maxCreateRevision,
  };
}

export function putRequest(r: PutRequest): Message {
  return {
    key: r.key,
    value: r.value,
    lease: r.lease?.toString(),
    prev_kv: r.prevKv,
    ignore_value: r.ignoreValue,
    ignore_lease: r.ignoreLease,
  };
}

export function deleteRangeRequest(r: DeleteRangeRequest): Message {
  return { key: r.key, range_end: r.rangeEnd, prev_kv: r.prevKv };
}

export function txnRequest(r: TxnRequest): Message {
  return { compare: r.compare.map(compare), success: r.success.map(requestOp), failure: r.failure.map(requestOp) };
}

function requestOp(op: RequestOp): Message {
  if ('range' in op) return { request_range: rangeRequest(op.range) };
  if ('put' in op) return { request_put: putRequest(op.put) };
  if ('deleteRange' in op) return { request_delete_range: deleteRangeRequest(op.deleteRange) };
  return { request_txn: txnRequest(op.txn) };
}

function compare({ key, rangeEnd, result, target }: Compare): Message {
  return { key, range_end: rangeEnd, result: compareResults.indexOf(result), ...operand(target) };
}

function operand(target: Compare['target']): Message {
  if ('version' in target) return { target: compareTarget.version, version: target.version };
  if ('createRevision' in target) return { target: compareTarget.create, create_revision: target.createRevision };
  if ('modRevision' in target) return { target: compareTarget.mod, mod_revision: target.modRevision };
  if ('value' in target) return { target: compareTarget.value, value: target.value };
  return { target: compareTarget.lease, lease: target.lease.toString() };
}

export function watchCreateRequest(r: WatchRequest): Message {
  return {
    create_request: {
      key: r.key,
      range_end: r.rangeEnd,
      start_revision: r.startRevision,
      progress_notify: r.progressNotify,
      filters: r.filters?.map((filter) => filters.indexOf(filter)),
      prev_kv: r.prevKv,
    },
  };
}
