import type { Persisted, Pod } from '@flotilla/api';
import { type AffinityTerm, readTerms, readWeightedTerms, type WeightedTerm } from './affinity-term.js';
import { podRequests, type Resources } from './resources.js';

export interface HostPort {
  /** `0.0.0.0` for all addresses. */
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A pod, with everything that plugins ask of it again and again read once. */
export interface PodInfo {
  readonly pod: Persisted<Pod>;
  readonly uid: string;
  /** `namespace/name` */
  readonly key: string;
  readonly priority: number;
  readonly requests: Resources;
  /** As `requests`, with small defaults for CPU and memory, for comparing nodes. */
  readonly nonZeroRequests: Resources;
  readonly hostPorts: readonly HostPort[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
}

export function podInfo(pod: Persisted<Pod>): PodInfo {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  return {
    pod,
    uid: pod.metadata.uid,
    key: `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`,
    priority: pod.spec.priority ?? 0,
    requests: podRequests(pod),
    nonZeroRequests: podRequests(pod, true),
    hostPorts: hostPorts(pod),
    requiredAffinity: readTerms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution, pod),
    requiredAntiAffinity: readTerms(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution, pod),
    preferredAffinity: readWeightedTerms(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, pod),
    preferredAntiAffinity: readWeightedTerms(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, pod),
  };
}

function hostPorts(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...pod.spec.containers, ...sidecars].flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, hostIP, protocol }) =>
      hostPort === undefined || hostPort === 0 ? [] : [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port: hostPort }],
    ),
  );
}
