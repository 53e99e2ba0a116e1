import type { StoreCluster } from '../../harness/store-cluster.js';
import type { LoadResult } from '../measuring/load-result.js';
import { runGenerator as runGeneratorOf } from '../measuring/run-generator.js';
import { mebibyte } from '../measuring/units.js';
import type { FaceName } from './faces/face.js';
import type { GeneratorSpec } from './specs.js';

/** A member's data may grow to this: a benchmark is not to be stopped by the quota. */
export const roomyFlags = [`--quota-backend-bytes=${8 * 1_024 * mebibyte}`];

const generator = new URL('./generator.js', import.meta.url);

export function runGenerator<Result>(spec: GeneratorSpec): Promise<Result> {
  return runGeneratorOf(generator, spec);
}

/** Whom a generator talks to, and how: the leader first, so that the one connection of one client goes the same way in every cluster. */
export async function targetOf(cluster: StoreCluster, face: FaceName, connections: number) {
  const { pids, tls, ca } = cluster;
  const { clientUrl: leader } = await cluster.leader();
  const endpoints = [leader, ...cluster.endpoints.filter((endpoint) => endpoint !== leader)];
  const secured = tls === undefined || ca === undefined ? {} : { credentials: { ca, cert: tls.cert, key: tls.key } };
  return { face, endpoints, pids, connections, ...secured };
}

/** Puts every key once, through the same face of both. */
export async function fill(cluster: StoreCluster, keys: number, valueBytes: number): Promise<void> {
  const times = { warmUpMs: 0, measureMs: 0 };
  const shape = { clients: 128, keys, valueBytes };
  await runGenerator<LoadResult>({
    kind: 'load',
    operation: 'fill',
    ...(await targetOf(cluster, 'grpc', 3)),
    ...shape,
    ...times,
  });
}
