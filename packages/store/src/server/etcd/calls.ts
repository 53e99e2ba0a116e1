import type { Operation, StreamOperation } from './call.js';
import { leaseKeepAlive } from './lease-keep-alive.js';
import * as maintenance from './maintenance.js';
import * as operations from './operations.js';
import { watch } from './watch-session.js';

/**
 * Every call that is served: its name in gRPC, and the paths of etcd's JSON gateway, where each is a POST of the
 * request message. A call is added here and nowhere else.
 */
export interface UnaryCall {
  /** `package.Service/Method`. */
  readonly name: string;
  readonly paths: readonly string[];
  readonly operation: Operation;
}

export interface StreamCall {
  readonly name: string;
  readonly paths: readonly string[];
  readonly stream: StreamOperation;
}

const kv = 'etcdserverpb.KV';
const lease = 'etcdserverpb.Lease';
const cluster = 'etcdserverpb.Cluster';
const upkeep = 'etcdserverpb.Maintenance';

export const unaryCalls: readonly UnaryCall[] = [
  { name: `${kv}/Range`, paths: ['/v3/kv/range'], operation: operations.range },
  { name: `${kv}/Put`, paths: ['/v3/kv/put'], operation: operations.put },
  { name: `${kv}/DeleteRange`, paths: ['/v3/kv/deleterange'], operation: operations.deleteRange },
  { name: `${kv}/Txn`, paths: ['/v3/kv/txn'], operation: operations.txn },
  { name: `${kv}/Compact`, paths: ['/v3/kv/compaction'], operation: operations.compact },
  { name: `${lease}/LeaseGrant`, paths: ['/v3/lease/grant'], operation: operations.leaseGrant },
  { name: `${lease}/LeaseRevoke`, paths: ['/v3/lease/revoke', '/v3/kv/lease/revoke'], operation: operations.leaseRevoke },
  {
    name: `${lease}/LeaseTimeToLive`,
    paths: ['/v3/lease/timetolive', '/v3/kv/lease/timetolive'],
    operation: operations.leaseTimeToLive,
  },
  { name: `${lease}/LeaseLeases`, paths: ['/v3/lease/leases', '/v3/kv/lease/leases'], operation: operations.leaseLeases },
  { name: `${cluster}/MemberList`, paths: ['/v3/cluster/member/list'], operation: operations.memberList },
  { name: `${cluster}/MemberAdd`, paths: ['/v3/cluster/member/add'], operation: operations.memberAdd },
  { name: `${cluster}/MemberRemove`, paths: ['/v3/cluster/member/remove'], operation: operations.memberRemove },
  { name: `${cluster}/MemberPromote`, paths: ['/v3/cluster/member/promote'], operation: operations.memberPromote },
  { name: `${upkeep}/Status`, paths: ['/v3/maintenance/status'], operation: maintenance.status },
  { name: `${upkeep}/Alarm`, paths: ['/v3/maintenance/alarm'], operation: maintenance.alarm },
  { name: `${upkeep}/Defragment`, paths: ['/v3/maintenance/defragment'], operation: maintenance.defragment },
  { name: `${upkeep}/Hash`, paths: [], operation: maintenance.hash },
  { name: `${upkeep}/HashKV`, paths: ['/v3/maintenance/hash'], operation: maintenance.hashKv },
  { name: `${upkeep}/MoveLeader`, paths: ['/v3/maintenance/transfer-leadership'], operation: maintenance.moveLeader },
];

export const streamCalls: readonly StreamCall[] = [
  { name: 'etcdserverpb.Watch/Watch', paths: ['/v3/watch'], stream: watch },
  { name: `${lease}/LeaseKeepAlive`, paths: ['/v3/lease/keepalive'], stream: leaseKeepAlive },
];
