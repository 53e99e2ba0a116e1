import { errorMessage } from '@flotilla/base';
import { ConfigError, type ReloadingTls } from '@flotilla/process';
import type { JoinRequest } from '../config.js';
import { dialTimeoutMs } from '../limits.js';
import type { ClusterMember } from '../member.js';
import type { Bootstrap } from './identity.js';
import { parseId } from './ids.js';
import { getFromPeer } from './peer-get.js';

interface DescribedCluster {
  readonly clusterId: string;
  readonly members: readonly { id: string; name: string; peerURLs: string[]; clientURLs: string[]; isLearner: boolean }[];
}

export interface Joining {
  readonly bootstrap: Bootstrap;
  /** Members to talk to until the leader has sent the membership. */
  readonly contacts: readonly ClusterMember[];
}

/**
 * Asks a running cluster who this member is in it: it must have been added before (`etcdctl member add`).
 * @throws ConfigError when no member answers, or none knows this one
 */
export async function askToJoin(request: JoinRequest, tls: ReloadingTls | undefined): Promise<Joining> {
  const failures: string[] = [];
  for (const url of request.askUrls) {
    const cluster = await askMembers(url, tls).catch((error: unknown) => {
      failures.push(`${url}: ${errorMessage(error)}`);
    });
    if (cluster !== undefined) return joiningOf(request, cluster, url);
  }
  throw new ConfigError(`could not retrieve cluster information from the given URLs (${failures.join('; ')})`);
}

function joiningOf(request: JoinRequest, cluster: DescribedCluster, url: string): Joining {
  const contacts = cluster.members.map(({ id, name, peerURLs, clientURLs, isLearner }) => ({
    ...{ id: parseId(id), name, peerUrls: peerURLs, clientUrls: clientURLs, isLearner },
  }));
  const wanted = [...request.ownPeerUrls].sort().join();
  const own = contacts.find(({ peerUrls }) => [...peerUrls].sort().join() === wanted);
  if (own === undefined) {
    throw new ConfigError(
      `error validating peerURLs: no member of the cluster at ${url} has ${wanted}; add it first (etcdctl member add)`,
    );
  }
  const identity = { memberId: own.id, clusterId: parseId(cluster.clusterId), name: request.name };
  return { bootstrap: { ...identity, initialMembers: [] }, contacts };
}

async function askMembers(url: string, tls: ReloadingTls | undefined): Promise<DescribedCluster> {
  return (await getFromPeer(`${url}/members`, tls, dialTimeoutMs)) as DescribedCluster; // PeerListener's answer
}
