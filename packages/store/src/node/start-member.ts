import { join } from 'node:path';
import type { Clock, Logger, Random } from '@flotilla/base';
import { ConfigError, type ReloadingTls, reloadingTls } from '@flotilla/process';
import { RaftNode, type RestoredState } from '@flotilla/raft';
import type { JoinRequest, StoreConfig } from '../config.js';
import {
  appendBytesMax,
  committedBytesMax,
  inflightBytesMax,
  inflightMessagesMax,
  requestOverheadBytesMax,
  requestTimeoutMs,
  reserveFileBytes,
} from '../limits.js';
import type { Backend, ClusterMember, StateMachine } from '../member.js';
import { type DiskBudget, diskBudget, diskBytesOf } from './disk-budget.js';
import type { Bootstrap } from './identity.js';
import { askToJoin } from './join.js';
import { openDatabase } from './level-database.js';
import { MemberNode } from './member-node.js';
import { removedEndText } from './membership.js';
import { type AskMember, inSyncPath } from './membership-changes.js';
import { nodeFiles } from './node-files.js';
import { type OpenedDisk, openDisk } from './open-disk.js';
import { getFromPeer } from './peer-get.js';
import type { PeerPages } from './peer-listener.js';
import { PeerTransport } from './peer-transport.js';

export interface StartMemberOptions<S extends StateMachine<unknown>> {
  readonly config: StoreConfig;
  readonly openMachine: (backend: Backend) => Promise<S>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
  /** What other members may ask about the machine: pages of the peer listener. */
  readonly peerPages?: (machine: S) => PeerPages;
}

export interface RunningMember<S extends StateMachine<unknown>> {
  readonly member: MemberNode<S>;
  /** GETs a page of another member's peer listener. @throws Error when none of its URLs answers */
  readonly ask: AskMember;
  /** What it may take of its disk. */
  readonly budget: DiskBudget;
  close(): Promise<void>;
}

/**
 * Opens the data directory, and starts a member on what it holds.
 * @throws ConfigError when the data directory, a certificate or a port cannot be used
 */
export async function startMember<S extends StateMachine<unknown>>(options: StartMemberOptions<S>): Promise<RunningMember<S>> {
  const { config, clock, random, log } = options;
  const tls = peerMaterial(config, log);
  const { bootstrap } = config;
  let contacts: readonly ClusterMember[] = [];
  const askToBegin = async (request: JoinRequest) => {
    const joining = await askToJoin(request, tls);
    contacts = joining.contacts;
    return joining.bootstrap;
  };
  const { storage, restored, machine, reserve, budget } = await openDataDir(
    options,
    'askUrls' in bootstrap ? () => askToBegin(bootstrap) : bootstrap,
  );
  // A member that stopped before the leader sent it anything still knows nobody.
  if ('askUrls' in bootstrap && contacts.length === 0 && storage.membership.list().length === 0) await askToBegin(bootstrap);
  const { memberId: id, clusterId, name } = storage.identity;
  if (storage.membership.wasRemoved(id)) {
    await storage.close();
    throw new ConfigError(removedEndText);
  }
  const raft = newRaft(config, id, restored, budget, random);
  const transportOptions = {
    ...{ listenUrls: config.listenPeerUrls, self: { clusterId, memberId: id }, clock, random, log },
    tls: tls === undefined ? undefined : { material: tls, clientCertAuth: config.peerTls?.clientCertAuth ?? false },
    members: () => storage.membership.list(),
    pages: { ...options.peerPages?.(machine), [inSyncPath]: (query: URLSearchParams) => member.changes.answerInSync(query) },
    isRemoved: (id: bigint) => storage.membership.wasRemoved(id),
  };
  const ask: AskMember = ({ peerUrls }, path) => getFromPeer(`${peerUrls[0] ?? ''}${path}`, tls, requestTimeoutMs);
  const member: MemberNode<S> = new MemberNode({
    id,
    clusterId,
    name,
    clientUrls: config.advertiseClientUrls,
    raft,
    storage,
    reserve,
    machine,
    newTransport: (events) => new PeerTransport(transportOptions, events),
    ask,
    heartbeatMs: config.heartbeatMs,
    electionMs: config.electionMs,
    snapshotCount: config.snapshotCount,
    logBytesMax: budget.logBytesMax,
    unflushedBytesMax: budget.unflushedBytesMax,
    strictReconfigCheck: config.strictReconfigCheck,
    requestBytesMax: config.maxRequestBytes + requestOverheadBytesMax,
    clock,
    random,
    defer: (work) => void setImmediate(work),
    log,
    onFatal: options.onFatal,
  });
  const close = async () => {
    tls?.close();
    await member.close();
  };
  try {
    await member.start(contacts);
  } catch (error) {
    await close();
    throw error;
  }
  return { member, budget, close, ask };
}

/** Opens the data directory, and the machine on its state. */
async function openDataDir<S extends StateMachine<unknown>>(
  { config, openMachine, log }: StartMemberOptions<S>,
  bootstrap: Bootstrap | (() => Promise<Bootstrap>),
): Promise<OpenedDisk<S> & { readonly budget: DiskBudget }> {
  const { dataDir, forceNewCluster, quotaBytes } = config;
  const database = await openDatabase(dataDir, log);
  try {
    const files = nodeFiles(join(dataDir, 'member', 'wal'));
    const budget = diskBudget(await diskBytesOf(dataDir), quotaBytes);
    const how = { bootstrap, forceNewCluster, openMachine, reserveBytes: reserveFileBytes };
    const opened = await openDisk({ dataDir, files, database, log }, how);
    opened.storage.wal.segmentBytes = budget.segmentBytes;
    return { ...opened, budget };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function newRaft(config: StoreConfig, id: bigint, restored: RestoredState, budget: DiskBudget, random: Random): RaftNode {
  return new RaftNode({
    id,
    electionTicks: Math.max(2, Math.round(config.electionMs / config.heartbeatMs)),
    heartbeatTicks: 1,
    random,
    restored,
    limits: {
      appendBytesMax,
      entryBytesMax: config.maxRequestBytes + requestOverheadBytesMax,
      inflightMessagesMax,
      inflightBytesMax,
      uncommittedBytesMax: budget.uncommittedBytesMax,
      committedBytesMax,
    },
  });
}

function peerMaterial({ peerTls }: StoreConfig, log: Logger): ReloadingTls | undefined {
  if (peerTls === undefined) return undefined;
  const { cert, key, trustedCa } = peerTls;
  return reloadingTls({ cert, key, ...(trustedCa === undefined ? {} : { ca: trustedCa }) }, log);
}
