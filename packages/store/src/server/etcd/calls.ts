import type { CallType } from '../call-metrics.js';
import * as health from '../grpc/health.js';
import * as auth from './auth-calls.js';
import type { Operation, StreamOperation } from './call.js';
import * as election from './election.js';
import { forRoot, forUsers } from './guarded.js';
import { onceKnown, streamForRoot } from './guarded-streams.js';
import { leaseKeepAlive } from './lease-keep-alive.js';
import * as locks from './lock.js';
import * as maintenance from './maintenance.js';
import * as operations from './operations.js';
import { snapshot } from './snapshot-stream.js';
import { watch } from './watch-session.js';

/**
 * Every call that is served: its name in gRPC, and the paths of etcd's JSON gateway, where each is a POST of the
 * request message. A call is added here and nowhere else.
 *
 * Once users have to sign in: `forRoot`, `streamForRoot` and `forUsers` say who may call at all; the others look at keys
 * themselves, and probes may come from anybody, as etcd has it.
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
  readonly type: Exclude<CallType, 'unary'>;
  readonly stream: StreamOperation;
}

const kv = 'etcdserverpb.KV';
const lease = 'etcdserverpb.Lease';
const cluster = 'etcdserverpb.Cluster';
const upkeep = 'etcdserverpb.Maintenance';
const users = 'etcdserverpb.Auth';
const mutex = 'v3lockpb.Lock';
const elections = 'v3electionpb.Election';
const probes = 'grpc.health.v1.Health';

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
    operation: forUsers(operations.leaseTimeToLive),
  },
  { name: `${lease}/LeaseLeases`, paths: ['/v3/lease/leases', '/v3/kv/lease/leases'], operation: operations.leaseLeases },
  { name: `${cluster}/MemberList`, paths: ['/v3/cluster/member/list'], operation: forUsers(operations.memberList) },
  { name: `${cluster}/MemberAdd`, paths: ['/v3/cluster/member/add'], operation: forRoot(operations.memberAdd) },
  { name: `${cluster}/MemberRemove`, paths: ['/v3/cluster/member/remove'], operation: forRoot(operations.memberRemove) },
  { name: `${cluster}/MemberUpdate`, paths: ['/v3/cluster/member/update'], operation: forRoot(operations.memberUpdate) },
  { name: `${cluster}/MemberPromote`, paths: ['/v3/cluster/member/promote'], operation: forRoot(operations.memberPromote) },
  { name: `${upkeep}/Status`, paths: ['/v3/maintenance/status'], operation: forUsers(maintenance.status) },
  { name: `${upkeep}/Alarm`, paths: ['/v3/maintenance/alarm'], operation: forUsers(maintenance.alarm) },
  { name: `${upkeep}/Defragment`, paths: ['/v3/maintenance/defragment'], operation: forRoot(maintenance.defragment) },
  { name: `${upkeep}/Hash`, paths: [], operation: forRoot(maintenance.hash) },
  { name: `${upkeep}/HashKV`, paths: ['/v3/maintenance/hash'], operation: forRoot(maintenance.hashKv) },
  {
    name: `${upkeep}/MoveLeader`,
    paths: ['/v3/maintenance/transfer-leadership'],
    operation: forRoot(maintenance.moveLeader),
  },
  { name: `${mutex}/Lock`, paths: ['/v3/lock/lock'], operation: locks.lock },
  { name: `${mutex}/Unlock`, paths: ['/v3/lock/unlock'], operation: locks.unlock },
  { name: `${elections}/Campaign`, paths: ['/v3/election/campaign'], operation: election.campaign },
  { name: `${elections}/Proclaim`, paths: ['/v3/election/proclaim'], operation: election.proclaim },
  { name: `${elections}/Leader`, paths: ['/v3/election/leader'], operation: election.leader },
  { name: `${elections}/Resign`, paths: ['/v3/election/resign'], operation: election.resign },
  { name: `${users}/AuthEnable`, paths: ['/v3/auth/enable'], operation: auth.enable },
  { name: `${users}/AuthDisable`, paths: ['/v3/auth/disable'], operation: auth.disable },
  { name: `${users}/AuthStatus`, paths: ['/v3/auth/status'], operation: auth.status },
  { name: `${users}/Authenticate`, paths: ['/v3/auth/authenticate'], operation: auth.authenticate },
  { name: `${users}/UserAdd`, paths: ['/v3/auth/user/add'], operation: auth.userAdd },
  { name: `${users}/UserGet`, paths: ['/v3/auth/user/get'], operation: auth.userGet },
  { name: `${users}/UserList`, paths: ['/v3/auth/user/list'], operation: auth.userList },
  { name: `${users}/UserDelete`, paths: ['/v3/auth/user/delete'], operation: auth.userDelete },
  { name: `${users}/UserChangePassword`, paths: ['/v3/auth/user/changepw'], operation: auth.userChangePassword },
  { name: `${users}/UserGrantRole`, paths: ['/v3/auth/user/grant'], operation: auth.userGrantRole },
  { name: `${users}/UserRevokeRole`, paths: ['/v3/auth/user/revoke'], operation: auth.userRevokeRole },
  { name: `${users}/RoleAdd`, paths: ['/v3/auth/role/add'], operation: auth.roleAdd },
  { name: `${users}/RoleGet`, paths: ['/v3/auth/role/get'], operation: auth.roleGet },
  { name: `${users}/RoleList`, paths: ['/v3/auth/role/list'], operation: auth.roleList },
  { name: `${users}/RoleDelete`, paths: ['/v3/auth/role/delete'], operation: auth.roleDelete },
  { name: `${users}/RoleGrantPermission`, paths: ['/v3/auth/role/grant'], operation: auth.roleGrantPermission },
  { name: `${users}/RoleRevokePermission`, paths: ['/v3/auth/role/revoke'], operation: auth.roleRevokePermission },
  { name: `${probes}/Check`, paths: [], operation: health.check },
];

export const streamCalls: readonly StreamCall[] = [
  { name: 'etcdserverpb.Watch/Watch', paths: ['/v3/watch'], type: 'bidi_stream', stream: onceKnown(watch) },
  { name: `${lease}/LeaseKeepAlive`, paths: ['/v3/lease/keepalive'], type: 'bidi_stream', stream: leaseKeepAlive },
  { name: `${upkeep}/Snapshot`, paths: ['/v3/maintenance/snapshot'], type: 'server_stream', stream: streamForRoot(snapshot) },
  {
    name: `${elections}/Observe`,
    paths: ['/v3/election/observe'],
    type: 'server_stream',
    stream: onceKnown(election.observe),
  },
  { name: `${probes}/Watch`, paths: [], type: 'server_stream', stream: health.watch },
];
