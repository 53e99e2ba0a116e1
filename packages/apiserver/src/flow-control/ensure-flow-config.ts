import {
  type Definition,
  equalJson,
  type FlowSchema,
  hasReason,
  type KubernetesObject,
  kinds,
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  type PriorityLevelConfiguration,
} from '@flotilla/api';
import { apiServerUser } from '../auth/user-info.js';
import { ensureObjects, type Reconciled } from '../bootstrap/ensure.js';
import type { Registry } from '../registry/registry.js';
import { autoupdateSpec, suggestedFlowSchemas, suggestedPriorityLevels } from './suggested.js';

const apiVersion = 'flowcontrol.apiserver.k8s.io/v1';

const ofCluster = (name: string) => ({ apiVersion, metadata: { name, annotations: { [autoupdateSpec]: 'true' } } });

export const defaultFlowSchemas: readonly FlowSchema[] = [
  ...[...mandatoryFlowSchemas].map(([name, spec]) => ({ ...ofCluster(name), kind: 'FlowSchema', spec })),
  ...suggestedFlowSchemas,
];
export const defaultPriorityLevels: readonly PriorityLevelConfiguration[] = [
  ...[...mandatoryPriorityLevels].map(([name, spec]) => ({ ...ofCluster(name), kind: 'PriorityLevelConfiguration', spec })),
  ...suggestedPriorityLevels,
];

/**
 * Makes the schemas and levels that every cluster has. A spec follows what is shipped, unless its annotation says `false`; what is shipped no
 * more goes, where it still follows.
 */
export async function ensureFlowConfig(registry: Registry, signal: AbortSignal): Promise<void> {
  const wanted = (definition: unknown, objects: readonly KubernetesObject[]) =>
    objects.map((object) => ({
      definition: definition as Definition, // declared with its own object type
      object: { ...object, metadata: { ...object.metadata, name: object.metadata.name ?? '' } },
    }));
  await ensureObjects(
    registry,
    [...wanted(kinds.priorityLevelConfigurations, defaultPriorityLevels), ...wanted(kinds.flowSchemas, defaultFlowSchemas)],
    reconcile,
    signal,
  );
  // Schemas first: a level must not go from under them.
  for (const [definition, shipped] of [
    [kinds.flowSchemas, defaultFlowSchemas],
    [kinds.priorityLevelConfigurations, defaultPriorityLevels],
  ] as const) {
    await removeOutdated(registry, definition as unknown as Definition, shipped, signal); // declared with its own object type
  }
}

async function removeOutdated(
  registry: Registry,
  definition: Definition,
  shipped: readonly KubernetesObject[],
  signal: AbortSignal,
): Promise<void> {
  const names = new Set(shipped.map(({ metadata }) => metadata.name));
  for (const { metadata } of (await registry.cached(definition)).list()) {
    const { name = '', uid = '', resourceVersion = '', annotations } = metadata;
    if (names.has(name) || annotations?.[autoupdateSpec] !== 'true') continue;
    const options = { dryRun: false, preconditions: { uid, resourceVersion } };
    await registry.delete(definition, { user: apiServerUser, signal, name, options }).catch((error: unknown) => {
      // Somebody else was faster, or has made it their own.
      if (!hasReason(error, 'NotFound', 'Conflict')) throw error;
    });
  }
}

function reconcile(existing: KubernetesObject, wanted: object): Reconciled {
  if (existing.metadata.annotations?.[autoupdateSpec] === 'false') return 'keep';
  const { spec } = wanted as { readonly spec: object }; // made above
  const now = existing as KubernetesObject & { readonly spec: object }; // as all of these kinds
  // What was left unsaid has been filled in by defaults.
  return equalJson({ ...now.spec, ...spec }, now.spec) ? 'keep' : { update: { ...now, spec } as KubernetesObject };
}
