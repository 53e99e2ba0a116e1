export type {
  Compare,
  CompareResult,
  DeleteRangeRequest,
  DeleteRangeResponse,
  Header,
  KeyValue,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RequestOp,
  ResponseOp,
  TxnRequest,
  TxnResponse,
  WatchEvent,
  WatchRequest,
  WatchResponse,
} from '@flotilla/mvcc';
export { isStoreError, prefixEnd, StoreError, type StoreErrorCode } from '@flotilla/mvcc';
export type * from './key-value-store.js';
