import type { Container, ObjectMeta, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { containersWithPaths } from '../pods/visit-containers.js';

/** A pod, or the template of one. */
export interface PodParts {
  readonly metadata?: Draft<ObjectMeta> | undefined;
  readonly spec?: Draft<PodSpec> | undefined;
}

export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** What a check looks at. */
export interface CheckedPod {
  readonly annotations: Readonly<Record<string, string | undefined>>;
  readonly spec: Draft<PodSpec>;
  /** Init containers first, ephemeral ones last. */
  readonly containers: readonly Draft<Container>[];
}

export type CheckPod = (pod: CheckedPod) => Violation | undefined;

/** One control of the Pod Security Standards. */
export interface Check {
  /** Its name in Kubernetes; the order of names is the order of messages. */
  readonly id: string;
  /** The id of the baseline check that this one, which is stricter, makes superfluous. */
  readonly overrides?: string;
  /** Since which minor release it reads how, ascending. */
  readonly versions: readonly { readonly since: number; readonly check: CheckPod }[];
}

export function checkedPod({ metadata, spec = {} }: PodParts): CheckedPod {
  return {
    annotations: metadata?.annotations ?? {},
    spec,
    containers: containersWithPaths(spec, '').map(([container]) => container),
  };
}

/** `"a", "b"` */
export function quoted(texts: Iterable<string>): string {
  return [...texts].map((text) => JSON.stringify(text)).join(', ');
}

export function sorted(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].sort();
}

export function plural(singular: string, count: number, many = `${singular}s`): string {
  return count === 1 ? singular : many;
}

/** `container "a"`, `containers "a", "b"` */
export function named(containers: readonly Draft<Container>[]): string {
  return `${plural('container', containers.length)} ${quoted(containers.map(({ name = '' }) => name))}`;
}

/** Who has set something: `pod`, `container "a"`, `pod and containers "a", "b"`; empty when nobody has. */
export function setters(byPod: boolean, containers: readonly Draft<Container>[]): string {
  return [...(byPod ? ['pod'] : []), ...(containers.length > 0 ? [named(containers)] : [])].join(' and ');
}

/** A check that looks only at containers, one at a time. */
export function containerCheck(
  reason: string,
  isBad: (container: Draft<Container>) => boolean,
  detail: (bad: readonly Draft<Container>[]) => string,
): CheckPod {
  return ({ containers }) => {
    const bad = containers.filter(isBad);
    return bad.length === 0 ? undefined : { reason, detail: detail(bad) };
  };
}

/** A check that does not concern pods of Windows nodes, where the setting means nothing. */
export function unlessWindows(check: CheckPod): CheckPod {
  return (pod) => (pod.spec.os?.name === 'windows' ? undefined : check(pod));
}
