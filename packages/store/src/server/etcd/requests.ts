import type { Compare, DeleteRangeRequest, PutRequest, RangeRequest, RequestOp, TxnRequest, WatchRequest } from '@flotilla/mvcc';
import { StoreError } from '@flotilla/mvcc';
import {
  booleanField,
  bytesField,
  countField,
  enumField,
  idField,
  listField,
  messageField,
  rawListField,
  type Wire,
} from './wire.js';

const sortOrders = { NONE: 'none', ASCEND: 'ascend', DESCEND: 'descend' } as const;
const sortTargets = { KEY: 'key', VERSION: 'version', CREATE: 'create', MOD: 'mod', VALUE: 'value' } as const;
const compareResults = { EQUAL: 'equal', GREATER: 'greater', LESS: 'less', NOT_EQUAL: 'not_equal' } as const;
const compareTargets = { VERSION: 'version', CREATE: 'create', MOD: 'mod', VALUE: 'value', LEASE: 'lease' } as const;
const filters = { NOPUT: 'noput', NODELETE: 'nodelete' } as const;

function rangeEnd(message: Wire): { readonly rangeEnd?: Uint8Array } {
  const end = bytesField(message, 'range_end');
  return end.length === 0 ? {} : { rangeEnd: end };
}

export function rangeRequest(message: Wire): RangeRequest {
  return {
    key: bytesField(message, 'key'),
    ...rangeEnd(message),
    limit: countField(message, 'limit'),
    revision: countField(message, 'revision'),
    sortOrder: enumField(message, 'sort_order', sortOrders),
    sortTarget: enumField(message, 'sort_target', sortTargets),
    serializable: booleanField(message, 'serializable'),
    keysOnly: booleanField(message, 'keys_only'),
    countOnly: booleanField(message, 'count_only'),
    minModRevision: countField(message, 'min_mod_revision'),
    maxModRevision: countField(message, 'max_mod_revision'),
    minCreateRevision: countField(message, 'min_create_revision'),
    maxCreateRevision: countField(message, 'max_create_revision'),
  };
}

export function putRequest(message: Wire): PutRequest {
  return {
    key: bytesField(message, 'key'),
    value: bytesField(message, 'value'),
    lease: idField(message, 'lease'),
    prevKv: booleanField(message, 'prev_kv'),
    ignoreValue: booleanField(message, 'ignore_value'),
    ignoreLease: booleanField(message, 'ignore_lease'),
  };
}

export function deleteRangeRequest(message: Wire): DeleteRangeRequest {
  return { key: bytesField(message, 'key'), ...rangeEnd(message), prevKv: booleanField(message, 'prev_kv') };
}

export function txnRequest(message: Wire): TxnRequest {
  return {
    compare: listField(message, 'compare').map(compare),
    success: listField(message, 'success').map(requestOp),
    failure: listField(message, 'failure').map(requestOp),
  };
}

function requestOp(message: Wire): RequestOp {
  const range = messageField(message, 'request_range');
  if (range !== undefined) return { range: rangeRequest(range) };
  const put = messageField(message, 'request_put');
  if (put !== undefined) return { put: putRequest(put) };
  const deleteRange = messageField(message, 'request_delete_range');
  if (deleteRange !== undefined) return { deleteRange: deleteRangeRequest(deleteRange) };
  const txn = messageField(message, 'request_txn');
  if (txn !== undefined) return { txn: txnRequest(txn) };
  throw new StoreError('invalid', 'etcdserver: key not found'); // what etcd says to an operation without content
}

function compare(message: Wire): Compare {
  return {
    key: bytesField(message, 'key'),
    ...rangeEnd(message),
    result: enumField(message, 'result', compareResults),
    target: compareTarget(message),
  };
}

function compareTarget(message: Wire): Compare['target'] {
  switch (enumField(message, 'target', compareTargets)) {
    case 'version':
      return { version: countField(message, 'version') };
    case 'create':
      return { createRevision: countField(message, 'create_revision') };
    case 'mod':
      return { modRevision: countField(message, 'mod_revision') };
    case 'value':
      return { value: bytesField(message, 'value') };
    case 'lease':
      return { lease: idField(message, 'lease') };
  }
}

export function watchRequest(message: Wire): WatchRequest {
  return {
    key: bytesField(message, 'key'),
    ...rangeEnd(message),
    startRevision: countField(message, 'start_revision'),
    prevKv: booleanField(message, 'prev_kv'),
    progressNotify: booleanField(message, 'progress_notify'),
    filters: rawListField(message, 'filters').map((filter) => enumField({ filter }, 'filter', filters)),
  };
}
