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
export { openDetected } from './detect/detected-store.js';
export { etcdProtoFiles } from './etcd/proto-files.js';
export type { TlsMaterial } from './failover/member-connection.js';
export type * from './key-value-store.js';
export { watchWindowBytes } from './limits.js';
export { type LocalOptions, openLocal } from './local/local-store.js';
export {
  type Frame,
  FrameBatch,
  frameTypes,
  type Hello,
  nativePath,
  nativeProtocol,
  readFrames,
  writeError,
  writeHello,
  writeStatus,
} from './native/frames.js';
export { type NativeOptions, openNative } from './native/native-store.js';
