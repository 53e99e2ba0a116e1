import {
  type KubernetesObject,
  type LevelVersion,
  levelVersionText,
  podSecurityViolations,
  violationReasons,
} from '@flotilla/api';

/** As many pods as one change of a namespace's labels looks at; Kubernetes' bound. */
const checkedPodsMax = 3_000;

/** What is wrong with the pods of a namespace under a level that is new to it; nobody ends them for that. */
export function warningsOnPods(namespace: string, level: LevelVersion, found: Iterable<KubernetesObject>): readonly string[] {
  const pods = oneOfEachControllerFirst(found);
  const checked = pods.slice(0, checkedPodsMax);
  const namesByReason = new Map<string, string[]>();
  for (const pod of checked) {
    const reason = violationReasons(podSecurityViolations(level, pod as object)); // the caller says that they are pods
    if (reason !== '') namesByReason.set(reason, [...(namesByReason.get(reason) ?? []), pod.metadata.name ?? '']);
  }
  const shown = JSON.stringify(levelVersionText(level));
  return [
    ...(checked.length === pods.length
      ? []
      : [`new PodSecurity enforce level only checked against the first ${checked.length} of ${pods.length} existing pods`]),
    ...(namesByReason.size === 0
      ? []
      : [`existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${shown}`]),
    ...[...namesByReason].map(([reason, names]) => `${whoOf(names)}: ${reason}`).sort(),
  ];
}

function whoOf(names: readonly string[]): string {
  const [first = ''] = [...names].sort();
  if (names.length === 1) return first;
  return names.length === 2 ? `${first} (and 1 other pod)` : `${first} (and ${names.length - 1} other pods)`;
}

/** Pods of one controller are alike, so that more is learnt from one of each. */
function oneOfEachControllerFirst(pods: Iterable<KubernetesObject>): readonly KubernetesObject[] {
  const seen = new Set<string>();
  const [first, rest]: [KubernetesObject[], KubernetesObject[]] = [[], []];
  for (const pod of pods) {
    const controller = pod.metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
    if (controller !== undefined && seen.has(controller)) rest.push(pod);
    else first.push(pod);
    if (controller !== undefined) seen.add(controller);
  }
  return [...first, ...rest];
}
