import {
  type Definition,
  equalJson,
  type FlowSchema,
  type KubernetesObject,
  kinds,
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  type PriorityLevelConfiguration,
} from '@flotilla/api';
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

/** Makes the schemas and levels that every cluster has. A spec follows what is shipped, unless its annotation says `false`. */
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
}

function reconcile(existing: KubernetesObject, wanted: object): Reconciled {
  if (existing.metadata.annotations?.[autoupdateSpec] === 'false') return 'keep';
  const { spec } = wanted as { readonly spec: object }; // made above
  const now = existing as KubernetesObject & { readonly spec: object }; // as all of these kinds
  // What was left unsaid has been filled in by defaults.
  return equalJson({ ...now.spec, ...spec }, now.spec) ? 'keep' : { update: { ...now, spec } as KubernetesObject };
}
