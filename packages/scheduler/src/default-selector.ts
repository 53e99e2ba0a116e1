import {
  labelSelectorRequirements,
  matchesRequirements,
  type Pod,
  type ReplicaSet,
  type Requirement,
  type Service,
} from '@flotilla/api';
import { namespaceIndex, type ObjectReader } from '@flotilla/client';
import { controllerOf } from '@flotilla/controller-kit';
import type { DefaultSelector } from './plugins/pod-topology-spread/index.js';

export interface SelectorSources {
  readonly services: Pick<ObjectReader<Service>, 'byIndex'>;
  readonly replicaSets: Pick<ObjectReader<ReplicaSet>, 'get'>;
}

/** Siblings of a pod are those that the Services which select it, and its ReplicaSet, select too. */
export function defaultSelector({ services, replicaSets }: SelectorSources): DefaultSelector {
  return (pod) => {
    const namespace = pod.metadata.namespace ?? '';
    const requirements: Requirement[] = [];
    for (const { spec } of services.byIndex(namespaceIndex, namespace)) {
      const selector = serviceRequirements(spec.selector);
      if (selector.length > 0 && matchesRequirements(selector, pod.metadata.labels ?? {})) requirements.push(...selector);
    }
    requirements.push(...ownerRequirements(pod, namespace, replicaSets));
    return requirements.length === 0 ? undefined : requirements;
  };
}

function serviceRequirements(selector: Readonly<Record<string, string>> | undefined): readonly Requirement[] {
  return Object.entries(selector ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] }));
}

function ownerRequirements(pod: Pod, namespace: string, replicaSets: SelectorSources['replicaSets']): readonly Requirement[] {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const selector = replicaSets.get(`${namespace}/${owner.name}`)?.spec?.selector;
  return selector === undefined ? [] : labelSelectorRequirements(selector);
}
