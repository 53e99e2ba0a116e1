import { type FieldError, forbidden, invalid, required } from '../errors/field-error.js';
import { unifiedDiff } from '../errors/unified-diff.js';
import type { Container, Pod, PodSchedulingGate, PodSpec, Toleration } from '../generated/types.js';
import { cloneJson, equalButEmptyLists, equalJson } from '../json.js';
import type { Draft } from '../objects.js';
import { withPodDefaults } from './default-pod-spec.js';
import { validateGatedUpdate, withoutGatedChanges } from './gated-pod.js';
import { mirrorAnnotation } from './mirror.js';
import { appArmorContainer } from './profile-annotations.js';
import { validateImageSpace } from './validate-containers.js';
import { validatePod, validatePodAnnotations } from './validate-pod.js';

const int32Max = 2_147_483_647;
const mutable =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A pod's spec is what its containers were started with, so that little of it can change; as it is, it was judged before. */
export function validatePodUpdate(pod: Draft<Pod>, old: Pod): FieldError[] {
  const { metadata = {}, spec = {} } = pod;
  const ofAnnotations = validateAnnotationUpdates(pod, old);
  if (equalJson(spec, old.spec)) return [...validatePodAnnotations(metadata, spec, 'metadata.annotations'), ...ofAnnotations];
  const errors = [...validatePod(pod), ...ofAnnotations];
  for (const name of ['containers', 'initContainers'] as const) {
    const now = spec[name] ?? [];
    if (now.length !== (old.spec[name] ?? []).length) {
      return [...errors, forbidden(`spec.${name}`, 'pod updates may not add or remove containers')];
    }
    for (const [index, container] of now.entries()) {
      const at = `spec.${name}[${index}]`;
      if ((container.image ?? '') === '') errors.push(required(`${at}.image`));
      errors.push(...validateImageSpace(container, at));
    }
  }
  const { stop, found } = validateDeadline(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds);
  errors.push(...found);
  if (stop) return errors;
  if (!keepsTolerations(spec.tolerations ?? [], old.spec.tolerations ?? [])) {
    errors.push(forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'));
  }
  errors.push(...validateSchedulingGates(spec.schedulingGates ?? [], old.spec.schedulingGates ?? []));
  if ((old.spec.schedulingGates ?? []).length > 0) errors.push(...validateGatedUpdate(spec, old.spec));
  // What was stored before there was a default does not differ from it.
  if (immutableChanges(spec, old.spec) !== undefined) {
    const changes = immutableChanges(spec, withPodDefaults(old.spec));
    if (changes !== undefined) errors.push(forbidden('spec', `${mutable}\n${changes}`));
  }
  return errors;
}

/** What is changed that an update may not change. */
function immutableChanges(spec: Draft<PodSpec>, old: PodSpec): string | undefined {
  const gated = (old.schedulingGates ?? []).length > 0;
  const rest = withoutMutable(spec, old);
  const now = gated ? withoutGatedChanges(rest, old) : rest;
  return equalButEmptyLists(now, old) ? undefined : unifiedDiff(old, now);
}

/** A mirror of a pod that a kubelet runs by itself stays one; AppArmor has done its work by the time a pod is changed. */
export function validateAnnotationUpdates(pod: Draft<Pod>, old: Pod): FieldError[] {
  const now = pod.metadata?.annotations ?? {};
  const before = old.metadata.annotations ?? {};
  const nameOf = (key: string) => (key === mirrorAnnotation ? 'mirror pod annotation' : 'AppArmor annotations');
  const kept = [...Object.keys(before), ...Object.keys(now).filter((key) => !Object.hasOwn(before, key))].filter(
    (key) => (key === mirrorAnnotation || key.startsWith(appArmorContainer)) && now[key] !== before[key],
  );
  return kept.map((key) => {
    const what = Object.hasOwn(before, key) ? 'remove or update' : 'add';
    return forbidden(`metadata.annotations[${key}]`, `may not ${what} ${nameOf(key)}`);
  });
}

function validateDeadline(now: number | undefined, before: number | undefined): { stop: boolean; found: FieldError[] } {
  const field = 'spec.activeDeadlineSeconds';
  if (now === undefined) {
    const found = before === undefined ? [] : [invalid(field, now, 'must not update from a positive integer to nil value')];
    return { stop: false, found };
  }
  if (now < 0 || now > int32Max) {
    return { stop: true, found: [invalid(field, now, `must be between 0 and ${int32Max}, inclusive`)] };
  }
  if (before === undefined || now <= before) return { stop: false, found: [] };
  return { stop: true, found: [invalid(field, now, 'must be less than or equal to previous value')] };
}

/** Old tolerations stay; their seconds alone may change. */
function keepsTolerations(now: readonly Draft<Toleration>[], before: readonly Toleration[]): boolean {
  const lasting = ({ key = '', operator = '', value = '', effect = '' }: Draft<Toleration>) =>
    JSON.stringify([key, operator, value, effect]);
  const kept = new Set(now.map(lasting));
  return before.every((old) => kept.has(lasting(old)));
}

function validateSchedulingGates(now: readonly Draft<PodSchedulingGate>[], before: readonly PodSchedulingGate[]): FieldError[] {
  const present = new Set(before.map(({ name }) => name));
  return now.flatMap(({ name = '' }, index) =>
    present.has(name)
      ? []
      : [forbidden(`spec.schedulingGates[${index}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`)],
  );
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
