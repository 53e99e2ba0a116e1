import type { Alarm } from '@flotilla/mvcc';
import { alarmNames } from './alarm-names.js';
import type { Operation } from './call.js';
import { header } from './responses.js';
import { countField, enumField, idField, type Wire } from './wire.js';

export const status: Operation = ({ service }) => {
  const { isLearner } = service.member.status();
  const s = service.status();
  const alarms = service.store.alarms().map(alarmText);
  return {
    header: header(service),
    version: s.version,
    dbSize: String(s.dbSizeBytes),
    leader: String(s.leader),
    raftIndex: String(s.raftIndex),
    raftTerm: String(s.raftTerm),
    raftAppliedIndex: String(s.raftAppliedIndex),
    errors: s.leader === 0n ? ['etcdserver: no leader', ...alarms] : alarms,
    dbSizeInUse: String(service.store.bytes),
    isLearner,
  };
};

/** Of everything readable now. etcd's is of its whole database file; both are for comparing members. */
export const hash: Operation = async ({ service }) => {
  const stop = service.metrics.hash.startTimer();
  const { hash: digest } = await service.store.hash();
  stop();
  return { header: header(service), hash: digest };
};

export const hashKv: Operation = async ({ service }, request) => {
  const stop = service.metrics.hashKv.startTimer();
  const { hash: digest, compactRevision } = await service.store.hash(countField(request, 'revision'));
  stop();
  return { header: header(service), hash: digest, compact_revision: String(compactRevision) };
};

const alarmActions = { GET: 'get', ACTIVATE: 'activate', DEACTIVATE: 'deactivate' } as const;
const alarmTypes = { NONE: 'none', NOSPACE: 'no-space', CORRUPT: 'corrupt' } as const;

/** Listing goes by type alone, whatever the member, as in etcd; raising and taking down need both. */
export const alarm: Operation = async ({ service, caller, signal }, request) => {
  const action = enumField(request, 'action', alarmActions);
  const type = enumField(request, 'alarm', alarmTypes);
  if (action === 'get') {
    await service.member.linearizable(signal);
    const up = service.store.alarms().filter((alarm) => type === 'none' || alarm.type === type);
    return { header: header(service), alarms: up.map(alarmMember) };
  }
  await service.auth.requireRoot(caller);
  if (type === 'none') return { header: header(service), alarms: [] };
  const memberId = BigInt.asUintN(64, idField(request, 'memberID'));
  const answer = await service.command({ alarm: { action, memberId, type } }, caller, signal);
  return { header: header(service), alarms: 'alarm' in answer ? answer.alarm.alarms.map(alarmMember) : [] };
};

function alarmMember({ memberId, type }: Alarm): Wire {
  return { memberID: String(memberId), alarm: alarmNames[type] };
}

/** As Go prints the message, its space at the end included: what `etcdctl endpoint status` shows. */
function alarmText({ memberId, type }: Alarm): string {
  return `${memberId === 0n ? '' : `memberID:${memberId} `}alarm:${alarmNames[type]} `;
}

export const defragment: Operation = async ({ service }) => {
  await service.defragment();
  return { header: header(service) };
};

export const moveLeader: Operation = async ({ service }, request) => {
  await service.member.moveLeader(idField(request, 'targetID'));
  return { header: header(service) };
};
