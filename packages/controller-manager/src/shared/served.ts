import { setMaxListeners } from 'node:events';
import { apiVersionOf, type Definition, definitions, hasReason } from '@flotilla/api';
import { AssertionError, backoffMs, sleep } from '@flotilla/base';
import type { ApiClient } from '@flotilla/client';

interface ResourceNames {
  readonly resources?: readonly { readonly name: string }[];
}

const retry = { baseMs: 200, maxMs: 5_000 };

/**
 * The kinds that the API servers serve, by their discovery: an older server does not have them all. Tries until it is told.
 * @throws the signal's reason
 */
export async function servedDefinitions(client: ApiClient, signal: AbortSignal): Promise<readonly Definition[]> {
  setMaxListeners(0, signal); // one request per group listens to it
  for (let failures = 1; ; failures++) {
    try {
      const versions = [...new Set(definitions.map(apiVersionOf))];
      const served = await Promise.all(
        versions.map(async (version) => [version, await namesOf(client, version, signal)] as const),
      );
      const byVersion = new Map(served);
      return definitions.filter((definition) => byVersion.get(apiVersionOf(definition))?.has(definition.plural) === true);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AssertionError) throw error;
      client.log.debug({ err: error }, 'discovery failed, trying again');
      await sleep(client.clock, backoffMs(failures, retry, client.random), signal);
    }
  }
}

async function namesOf(client: ApiClient, version: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const path = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
  try {
    const { resources = [] } = await client.request<ResourceNames>({ method: 'GET', path, signal });
    return new Set(resources.map(({ name }) => name));
  } catch (error) {
    if (hasReason(error, 'NotFound')) return new Set();
    throw error;
  }
}
