import type { Operation } from '../etcd/operations.js';
import * as operations from '../etcd/operations.js';

/** etcd's JSON gateway: every unary call is a POST of its request message. */
export const routes: Readonly<Record<string, Operation>> = {
  '/v3/kv/range': operations.range,
  '/v3/kv/put': operations.put,
  '/v3/kv/deleterange': operations.deleteRange,
  '/v3/kv/txn': operations.txn,
  '/v3/kv/compaction': operations.compact,
  '/v3/lease/grant': operations.leaseGrant,
  '/v3/lease/revoke': operations.leaseRevoke,
  '/v3/kv/lease/revoke': operations.leaseRevoke,
  '/v3/lease/timetolive': operations.leaseTimeToLive,
  '/v3/kv/lease/timetolive': operations.leaseTimeToLive,
  '/v3/lease/leases': operations.leaseLeases,
  '/v3/kv/lease/leases': operations.leaseLeases,
  '/v3/cluster/member/list': operations.memberList,
  '/v3/cluster/member/add': operations.memberAdd,
  '/v3/cluster/member/remove': operations.memberRemove,
  '/v3/cluster/member/promote': operations.memberPromote,
  '/v3/maintenance/status': operations.status,
  '/v3/maintenance/alarm': operations.alarm,
  '/v3/maintenance/defragment': operations.defragment,
  '/v3/maintenance/hash': operations.hashKv,
  '/v3/maintenance/transfer-leadership': operations.moveLeader,
};
