import { type FieldError, forbidden, invalid } from '../errors/field-error.js';
import type { Container, Pod, PodSpec, Toleration } from '../generated/types.js';
import { cloneJson, equalJson } from '../json.js';
import type { Draft } from '../objects.js';

const mutable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A pod's spec is what its containers were started with, so that little of it can change. */
export function validatePodUpdate(pod: Draft<Pod>, old: Pod): FieldError[] {
  const spec = pod.spec ?? {};
  const errors: FieldError[] = [];
  for (const name of ['containers', 'initContainers'] as const) {
    if ((spec[name] ?? []).length !== (old.spec[name] ?? []).length) {
      return [forbidden(`spec.${name}`, 'pod updates may not add or remove containers')];
    }
  }
  errors.push(...validateDeadline(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds));
  if (!keepsTolerations(spec.tolerations ?? [], old.spec.tolerations ?? [])) {
    errors.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  }
  const gates = (old.spec.schedulingGates ?? []).map(({ name }) => name);
  if ((spec.schedulingGates ?? []).some(({ name = '' }) => !gates.includes(name))) {
    errors.push(forbidden('spec.schedulingGates', 'only deletion is allowed, but found new scheduling gates'));
  }
  if (errors.length === 0 && !equalJson(withoutMutable(spec, old.spec), old.spec)) errors.push(forbidden('spec', mutable));
  return errors;
}

function validateDeadline(now: number | undefined, before: number | undefined): FieldError[] {
  const field = 'spec.activeDeadlineSeconds';
  if (before === undefined) return [];
  if (now === undefined) return [invalid(field, now, 'must not update from a positive integer to nil value')];
  return now > before ? [invalid(field, now, 'must be less than or equal to previous value')] : [];
}

/** Old tolerations stay; their seconds alone may change. */
function keepsTolerations(now: readonly Draft<Toleration>[], before: readonly Toleration[]): boolean {
  const plain = ({ tolerationSeconds: _, ...rest }: Draft<Toleration>) => rest;
  return before.every((old) => now.some((toleration) => equalJson(plain(toleration), plain(cloneJson(old)))));
}

/** The new spec with the old one's value wherever a change is allowed: what still differs is not. */
function withoutMutable(spec: Draft<PodSpec>, old: PodSpec): Draft<PodSpec> {
  const result = cloneJson(spec);
  const restore = (now: Draft<Container>[] | undefined, before: readonly Container[] | undefined) => {
    for (const [index, container] of (now ?? []).entries()) {
      const image = before?.[index]?.image;
      if (image !== undefined) container.image = image;
    }
  };
  restore(result.containers, old.containers);
  restore(result.initContainers, old.initContainers);
  for (const name of ['activeDeadlineSeconds', 'tolerations', 'schedulingGates'] as const) {
    if (old[name] === undefined) delete result[name];
    else Object.assign(result, { [name]: cloneJson(old[name]) });
  }
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    Object.assign(result, { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds });
  }
  return result;
}
