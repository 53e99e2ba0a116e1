import { type APIService, type GroupVersion, hasReason } from '@flotilla/api';
import { apiServerUser } from '../auth/user-info.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Registry } from '../registry/registry.js';
import { apiServiceDefinition, writeOptions } from './api-service-status.js';
import type { Availability } from './check-availability.js';
import { localPriority } from './priorities.js';

const managedLabel = 'kube-aggregator.kubernetes.io/automanaged';
const aggregatorGroup = 'apiregistration.k8s.io';

export const alwaysAvailable: Availability = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
};

export interface LocalServicesDeps {
  readonly registry: Registry;
  readonly catalogue: Catalogue;
  readonly signal: AbortSignal;
  /** Before something is taken away: another API server may know of it already. */
  catchUp(signal: AbortSignal): Promise<void>;
}

/** The APIServices of what is served here: those of built-in groups made once, those of custom resources kept as these come and go. */
export async function reconcileLocalServices(known: ReadonlyMap<string, APIService>, deps: LocalServicesDeps): Promise<void> {
  const { registry, catalogue, signal } = deps;
  const wanted = new Map(localVersions(catalogue).map((gv) => [nameOf(gv), gv]));
  for (const [name, gv] of wanted) {
    if (known.has(name)) continue;
    const body = localService(gv, isCustom(catalogue, gv));
    await another(registry.create(apiServiceDefinition, { user: apiServerUser, signal, body, options: writeOptions }));
  }
  const left = [...known.values()].filter(({ metadata, spec }) => {
    return spec.service === undefined && metadata.labels?.[managedLabel] === 'true' && !wanted.has(metadata.name ?? '');
  });
  if (left.length === 0) return;
  await deps.catchUp(signal);
  const served = new Set(localVersions(catalogue).map(nameOf));
  for (const { metadata } of left) {
    const name = metadata.name ?? '';
    if (served.has(name)) continue;
    const preconditions = { uid: metadata.uid };
    const request = { user: apiServerUser, signal, name, options: { dryRun: false, preconditions } };
    await another(registry.delete(apiServiceDefinition, request));
  }
}

/** The aggregator's own group has no APIService: it is what they are asked for at. */
function localVersions({ definitions }: Catalogue): readonly GroupVersion[] {
  const versions = new Map<string, GroupVersion>();
  for (const { group, version } of definitions) {
    if (group !== aggregatorGroup) versions.set(`${group}/${version}`, { group, version });
  }
  return [...versions.values()];
}

function isCustom({ definitions }: Catalogue, gv: GroupVersion): boolean {
  const own = definitions.filter(({ group, version }) => group === gv.group && version === gv.version);
  return own.every(({ schema }) => schema !== undefined);
}

function localService(gv: GroupVersion, custom: boolean): object {
  const priority = localPriority(gv);
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: nameOf(gv), labels: { [managedLabel]: custom ? 'true' : 'onstart' } },
    spec: { ...gv, groupPriorityMinimum: priority.group, versionPriority: priority.version },
  };
}

function nameOf({ group, version }: GroupVersion): string {
  return `${version}.${group}`;
}

/** What another API server has done at the same time is done. */
async function another(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists', 'NotFound', 'Conflict')) throw error;
  }
}
