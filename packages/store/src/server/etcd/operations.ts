import { binaryBytes, type CommandResponse, StoreError } from '@flotilla/mvcc';
import type { ClientService } from '../client-service.js';
import type { Operation } from './call.js';
import { deleteRangeRequest, putRequest, rangeRequest, txnRequest } from './requests.js';
import { asBuffer, deleteRangeResponse, header, member, putResponse, rangeResponse, txnResponse } from './responses.js';
import { booleanField, countField, idField, rawListField, signedField } from './wire.js';

const wrongAnswer = () => new StoreError('invalid', 'the answer is not of the kind of the command');

function pick<T>(response: CommandResponse, take: (response: CommandResponse) => T | undefined): T {
  const taken = take(response);
  if (taken === undefined) throw wrongAnswer();
  return taken;
}

export const range: Operation = async ({ service, caller, signal }, request) => {
  const response = await service.range(rangeRequest(request), caller, signal);
  return rangeResponse(header(service, response.revision), response);
};

export const put: Operation = async ({ service, caller, signal }, request) => {
  const answer = await service.command({ put: putRequest(request) }, caller, signal);
  const response = pick(answer, (r) => ('put' in r ? r.put : undefined));
  return putResponse(header(service, response.revision), response);
};

export const deleteRange: Operation = async ({ service, caller, signal }, request) => {
  const answer = await service.command({ deleteRange: deleteRangeRequest(request) }, caller, signal);
  const response = pick(answer, (r) => ('deleteRange' in r ? r.deleteRange : undefined));
  return deleteRangeResponse(header(service, response.revision), response);
};

export const txn: Operation = async ({ service, caller, signal }, request) => {
  const answer = await service.command({ txn: txnRequest(request) }, caller, signal);
  const response = pick(answer, (r) => ('txn' in r ? r.txn : undefined));
  return txnResponse(header(service, response.revision), response);
};

export const compact: Operation = async ({ service, caller, signal }, request) => {
  const answer = await service.command({ compact: { revision: countField(request, 'revision') } }, caller, signal);
  const { revision } = pick(answer, (r) => ('compact' in r ? r.compact : undefined));
  if (booleanField(request, 'physical')) await service.store.scrub();
  return { header: header(service, revision) };
};

export const leaseGrant: Operation = async ({ service, caller }, request) => {
  const ttlSeconds = Math.max(0, signedField(request, 'TTL'));
  const response = await service.leaseGrant({ ttlSeconds, id: idField(request, 'ID') }, caller);
  return { header: header(service, response.revision), ID: String(response.id), TTL: String(response.ttlSeconds) };
};

export const leaseRevoke: Operation = async ({ service, caller, signal }, request) => {
  const answer = await service.command({ leaseRevoke: { id: idField(request, 'ID') } }, caller, signal);
  return { header: header(service, pick(answer, (r) => ('leaseRevoke' in r ? r.leaseRevoke : undefined)).revision) };
};

export const renewLease: Operation = async ({ service, caller, signal }, request) => {
  const id = idField(request, 'ID');
  const answer = await service.command({ leaseKeepAlive: { id } }, caller, signal);
  const response = pick(answer, (r) => ('leaseKeepAlive' in r ? r.leaseKeepAlive : undefined));
  return { header: header(service, response.revision), ID: String(id), TTL: String(response.ttlSeconds) };
};

/** A lease that does not exist has -1 s to live. */
export const leaseTimeToLive: Operation = async ({ service, caller, signal }, request) => {
  await service.member.linearizable(signal);
  const id = idField(request, 'ID');
  const lease = service.store.lease(id);
  if (lease === undefined) return { header: header(service), ID: String(id), TTL: '-1' };
  const remaining = Math.floor((service.lessor.remainingMs(id) ?? 0) / 1000);
  const withKeys = booleanField(request, 'keys');
  if (withKeys) await service.checkLeaseRead([lease], caller);
  const keys = withKeys ? [...lease.keys].sort().map((key) => asBuffer(binaryBytes(key))) : [];
  return { header: header(service), ID: String(id), TTL: String(remaining), grantedTTL: String(lease.ttlSeconds), keys };
};

export const leaseLeases: Operation = async ({ service, caller, signal }, _request) => {
  await service.member.linearizable(signal);
  const leases = service.store.leases();
  await service.checkLeaseRead(leases, caller);
  return { header: header(service), leases: leases.map(({ id }) => ({ ID: String(id) })) };
};

const members = (service: ClientService) => service.member.members().map(member);

export const memberList: Operation = async ({ service, signal }, request) => {
  if (booleanField(request, 'linearizable')) await service.member.linearizable(signal);
  return { header: header(service), members: members(service) };
};

export const memberAdd: Operation = async ({ service }, request) => {
  const urls = rawListField(request, 'peerURLs').map(String);
  const added = await service.member.addMember(urls, { isLearner: booleanField(request, 'isLearner') });
  return { header: header(service), member: member(added), members: members(service) };
};

export const memberRemove: Operation = async ({ service }, request) => {
  await service.member.removeMember(idField(request, 'ID'));
  return { header: header(service), members: members(service) };
};

export const memberUpdate: Operation = async ({ service }, request) => {
  const urls = rawListField(request, 'peerURLs').map(String);
  await service.member.updateMember(idField(request, 'ID'), urls);
  return { header: header(service), members: members(service) };
};

export const memberPromote: Operation = async ({ service }, request) => {
  await service.member.promoteMember(idField(request, 'ID'));
  return { header: header(service), members: members(service) };
};
