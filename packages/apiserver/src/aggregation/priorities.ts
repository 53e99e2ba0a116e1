import type { GroupVersion } from '@flotilla/api';

export interface Priority {
  readonly group: number;
  readonly version: number;
}

/** Kubernetes' order of its own groups in discovery: where a name is in several groups, clients take the first. */
const builtIn: Readonly<Record<string, number>> = {
  'apiregistration.k8s.io': 20_000,
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'internal.apiserver.k8s.io': 16_000,
  'resource.k8s.io': 15_900,
};

/** What custom resources get. */
const custom: Priority = { group: 1_000, version: 100 };

export function localPriority({ group, version }: GroupVersion): Priority {
  const known = Object.hasOwn(builtIn, group) ? builtIn[group] : undefined;
  if (known === undefined) return custom;
  if (group === '') return { group: known, version: 1 };
  return { group: known, version: group === 'autoscaling' && version === 'v2' ? 30 : 15 };
}

/** Groups by the highest of their versions' priorities, then versions within them. */
export function inOrder<T extends GroupVersion & { readonly priority: Priority }>(versions: readonly T[]): readonly T[] {
  const groupPriority = new Map<string, number>();
  for (const { group, priority } of versions) {
    groupPriority.set(group, Math.max(priority.group, groupPriority.get(group) ?? 0));
  }
  return [...versions].sort((a, b) => {
    const byGroup = (groupPriority.get(b.group) ?? 0) - (groupPriority.get(a.group) ?? 0);
    if (byGroup !== 0) return byGroup;
    if (a.group !== b.group) return a.group < b.group ? -1 : 1;
    return b.priority.version - a.priority.version || compareVersions(a.version, b.version);
  });
}

/** `v2` before `v1`, `v1` before `v1beta2`, that before `v1alpha1`, and anything else last, by name. */
function compareVersions(a: string, b: string): number {
  const [x, y] = [rank(a), rank(b)];
  for (const index of [0, 1, 2] as const) if (x[index] !== y[index]) return y[index] - x[index];
  return a < b ? -1 : a > b ? 1 : 0;
}

function rank(version: string): readonly [number, number, number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stability = { alpha: 1, beta: 2 }[match[2] ?? ''] ?? 3;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}
