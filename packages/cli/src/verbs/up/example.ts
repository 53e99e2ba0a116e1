import { join, relative } from 'node:path';
import type { ApiClient } from '@flotilla/client';
import { request } from 'undici';
import { checkoutRoot } from '../../checkout.js';
import { applyObject, readManifests } from '../../manifests.js';
import type { Cluster } from '../../topology/cluster.js';
import type { Progress } from './progress.js';
import { until, type WaitContext } from './wait.js';

const manifest = join(checkoutRoot, 'packages', 'examples', 'hello.yaml');
/** `nodePort` of the Service in the manifest. */
export const helloNodePort = 30_080;

/** Applies the example and calls it as a user would, through the first node's port. */
export async function runExample(context: WaitContext, client: ApiClient, cluster: Cluster, progress: Progress): Promise<void> {
  for (const object of readManifests(manifest)) await applyObject(client, object);
  progress.step(`applied ${relative(checkoutRoot, manifest)}`);
  const url = `http://${cluster.nodes[0]?.address}:${helloNodePort}/`;
  const answer = await until(`an answer from ${url}`, context, async () => {
    const response = await request(url, { headersTimeout: 2_000, bodyTimeout: 2_000 });
    const text = (await response.body.text()).trim();
    return response.statusCode === 200 ? text : undefined;
  });
  progress.step(`${url} answers: ${answer}`);
}
