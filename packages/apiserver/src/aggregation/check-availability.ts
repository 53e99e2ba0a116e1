import type { APIService, APIServiceCondition } from '@flotilla/api';
import { errorMessage, type Random } from '@flotilla/base';
import type { Registry } from '../registry/registry.js';
import type { ExtensionClient } from './extension-client.js';
import { type ExtensionDocuments, readDocuments } from './extension-documents.js';
import { resolveService } from './resolve-service.js';

export type Availability = Omit<APIServiceCondition, 'lastTransitionTime'>;

export interface Checked {
  readonly condition: Availability;
  /** What the extension API server publishes; undefined when it could not be asked. */
  readonly documents: ExtensionDocuments | undefined;
}

/**
 * Whether an extension API server can be reached and serves what it is registered for.
 * @param before what it published the last time
 */
export async function checkAvailability(
  { spec }: APIService,
  client: ExtensionClient,
  registry: Registry,
  random: Random,
  before: ExtensionDocuments | undefined,
): Promise<Checked> {
  const { namespace = '', name = '', port = 443 } = spec.service ?? {};
  const endpoint = await resolveService(registry, { namespace, name, port }, random);
  if ('reason' in endpoint) return { condition: { type: 'Available', status: 'False', ...endpoint }, documents: undefined };
  try {
    const gv = { group: spec.group ?? '', version: spec.version ?? '' };
    const documents = await readDocuments(client, endpoint, gv, before);
    return { condition: passed, documents };
  } catch (error) {
    const message = errorMessage(error);
    return { condition: { type: 'Available', status: 'False', reason: 'FailedDiscoveryCheck', message }, documents: undefined };
  }
}

const passed: Availability = { type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' };
