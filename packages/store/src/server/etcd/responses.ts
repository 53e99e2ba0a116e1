import type {
  DeleteRangeResponse,
  KeyValue,
  PutResponse,
  RangeResponse,
  ResponseOp,
  TxnResponse,
  WatchEvent,
} from '@flotilla/mvcc';
import type { ClusterMember } from '../../member.js';
import type { ClientService } from '../client-service.js';
import type { Wire } from './wire.js';

/** etcd's response header: who answers, and at which revision. Ids are unsigned, as decimal strings. */
export function header(service: ClientService, revision: number = service.store.revision): Wire {
  const { id, clusterId } = service.member;
  const raftTerm = service.member.status().raftTerm;
  return { cluster_id: String(clusterId), member_id: String(id), revision: String(revision), raft_term: String(raftTerm) };
}

export function keyValue(kv: KeyValue): Wire {
  return {
    key: asBuffer(kv.key),
    create_revision: String(kv.createRevision),
    mod_revision: String(kv.modRevision),
    version: String(kv.version),
    value: asBuffer(kv.value),
    lease: String(kv.lease),
  };
}

export function event({ type, kv, prevKv }: WatchEvent): Wire {
  const event = { type: type === 'put' ? 'PUT' : 'DELETE', kv: keyValue(kv) };
  return prevKv === undefined ? event : { ...event, prev_kv: keyValue(prevKv) };
}

export function rangeResponse(head: Wire, response: RangeResponse): Wire {
  return { header: head, kvs: response.kvs.map(keyValue), more: response.more, count: String(response.count) };
}

export function putResponse(head: Wire, response: PutResponse): Wire {
  return response.prevKv === undefined ? { header: head } : { header: head, prev_kv: keyValue(response.prevKv) };
}

export function deleteRangeResponse(head: Wire, response: DeleteRangeResponse): Wire {
  return { header: head, deleted: String(response.deleted), prev_kvs: response.prevKvs.map(keyValue) };
}

export function txnResponse(head: Wire, response: TxnResponse): Wire {
  return { header: head, succeeded: response.succeeded, responses: response.responses.map(responseOp) };
}

/** Answers inside a transaction carry the revision alone: etcd leaves the rest of their header empty. */
function responseOp(op: ResponseOp): Wire {
  const at = (revision: number): Wire => ({ revision: String(revision) });
  if ('range' in op) return { response_range: rangeResponse(at(op.range.revision), op.range) };
  if ('put' in op) return { response_put: putResponse(at(op.put.revision), op.put) };
  if ('deleteRange' in op) return { response_delete_range: deleteRangeResponse(at(op.deleteRange.revision), op.deleteRange) };
  return { response_txn: txnResponse({}, op.txn) };
}

export function member(m: ClusterMember): Wire {
  return { ID: String(m.id), name: m.name, peerURLs: m.peerUrls, clientURLs: m.clientUrls, isLearner: m.isLearner };
}

/** gRPC and JSON encode Buffers; ours may be plain views. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
