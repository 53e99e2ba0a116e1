import type { PartUpdate } from '../definition.js';
import { type FieldError, forbidden, invalid } from '../errors/field-error.js';
import type { Container, Pod, PodSpec, ResourceRequirements } from '../generated/types.js';
import { cloneJson, equalJson } from '../json.js';
import type { Draft } from '../objects.js';
import { qosClassOf } from './pod-strategy.js';
import { validatePod } from './validate-pod.js';

const mirrorAnnotation = 'kubernetes.io/config.mirror';
const resizable = ['cpu', 'memory'];

/** `/ephemeralcontainers` adds containers to a pod that runs; it changes and removes none. */
export const ephemeralContainers: PartUpdate<Pod> = {
  merge: (old, { spec }) => ({ ...old, spec: { ...old.spec, ephemeralContainers: spec?.ephemeralContainers } }),

  validate(pod, old) {
    if (isMirror(old)) return [forbidden('', 'static pods do not support ephemeral containers')];
    const wanted = pod.spec?.ephemeralContainers ?? [];
    const errors = (old.spec.ephemeralContainers ?? []).flatMap((before) => {
      const now = wanted.find(({ name }) => name === before.name);
      const who = `existing ephemeral containers ${JSON.stringify(before.name)}`;
      if (now === undefined) return [forbidden('spec.ephemeralContainers', `${who} may not be removed\n`)];
      return equalJson(now, before) ? [] : [forbidden('spec.ephemeralContainers', `${who} may not be changed\n`)];
    });
    return [...validatePod(pod), ...errors];
  },
};

/** `/resize` changes what containers may use while they run, and whether that restarts them. */
export const resize: PartUpdate<Pod> = {
  merge: (old, { spec = {} }) => ({
    ...old,
    spec: {
      ...old.spec,
      containers: resized(spec.containers, old.spec?.containers),
      ...(old.spec?.initContainers === undefined && spec.initContainers === undefined
        ? {}
        : { initContainers: resized(spec.initContainers, old.spec?.initContainers) }),
    },
  }),

  validate(pod, old) {
    if (hasPodResources(old.spec)) return [forbidden('', 'pods with pod-level resources cannot be resized')];
    if (isMirror(old)) return [forbidden('', 'static pods cannot be resized')];
    if (old.spec.os?.name === 'windows') return [forbidden('', 'windows pods cannot be resized')];
    const spec = pod.spec ?? {};
    const moved = [
      ...validateOrder(spec.containers, old.spec.containers, 'containers'),
      ...validateOrder(spec.initContainers, old.spec.initContainers, 'initContainers'),
    ];
    if (moved.length > 0) return moved;
    const errors = validatePod(pod);
    const quality = qosClassOf(cloneJson(old.spec));
    if (quality !== qosClassOf(spec)) {
      errors.push(invalid('spec', quality, 'Pod QOS Class may not change as a result of resizing'));
    }
    return [...errors, ...validateInitResources(spec, old.spec), ...validateContainerResources(spec, old.spec)];
  },
};

type Containers = Draft<Container>[] | undefined;

/** Of containers that are the same and in the same order: otherwise what was sent, for the validation to refuse. */
function resized(now: Containers = [], before: Containers = []): Draft<Container>[] {
  const same = now.length === before.length && now.every(({ name }, index) => name === before[index]?.name);
  if (!same) return now;
  return before.map((container, index) => {
    const { resources, resizePolicy } = now[index] ?? {};
    const { resizePolicy: _, ...rest } = container;
    return { ...rest, resources, ...(resizePolicy === undefined ? {} : { resizePolicy }) };
  });
}

function validateOrder(now: Containers = [], before: readonly Container[] = [], name: string): FieldError[] {
  if (now.length !== before.length) return [forbidden(`spec.${name}`, `${name} may not be added or removed on resize`)];
  return before.flatMap((container, index) =>
    now[index]?.name === container.name
      ? []
      : [forbidden(`spec.${name}[${index}].name`, `${name} may not be renamed or reordered on resize`)],
  );
}

function validateContainerResources(now: Draft<PodSpec>, before: PodSpec): FieldError[] {
  const errors: FieldError[] = [];
  for (const [index, container] of before.containers.entries()) {
    errors.push(
      ...validateRemoval(now.containers?.[index]?.resources, container.resources, `spec.containers[${index}].resources`),
    );
  }
  const unequal = before.containers.some(
    (container, index) => !equalJson(fixed(now.containers?.[index]?.resources), fixed(cloneJson(container.resources))),
  );
  return unequal ? [...errors, forbidden('spec', 'only cpu and memory resources are mutable')] : errors;
}

function validateInitResources(now: Draft<PodSpec>, before: PodSpec): FieldError[] {
  return (before.initContainers ?? []).flatMap((container, index) => {
    const resources = now.initContainers?.[index]?.resources;
    if (container.restartPolicy !== 'Always') {
      const same = equalJson(resources ?? {}, container.resources ?? {});
      return same ? [] : [forbidden('spec', 'resources for non-sidecar init containers are immutable')];
    }
    const same = equalJson(fixed(resources), fixed(cloneJson(container.resources)));
    return [
      ...validateRemoval(resources, container.resources, `spec.initContainers[${index}].resources`),
      ...(same ? [] : [forbidden('spec', 'only cpu and memory resources for sidecar containers are mutable')]),
    ];
  });
}

function validateRemoval(now: Draft<ResourceRequirements> = {}, before: ResourceRequirements = {}, at: string): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((name) => {
    const kept = Object.keys(before[name] ?? {}).every((resource) => Object.hasOwn(now[name] ?? {}, resource));
    return kept ? [] : [forbidden(`${at}.${name}`, `resource ${name} cannot be removed`)];
  });
}

/** What cannot be resized of a container's resources. */
function fixed(resources: Draft<ResourceRequirements> = {}): object {
  const rest = (amounts: Readonly<Record<string, string | undefined>> = {}) =>
    Object.fromEntries(Object.entries(amounts).filter(([name]) => !resizable.includes(name)));
  return { ...resources, limits: rest(resources.limits), requests: rest(resources.requests) };
}

function hasPodResources({ resources }: PodSpec): boolean {
  return Object.keys({ ...resources?.limits, ...resources?.requests }).length > 0;
}

function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[mirrorAnnotation] !== undefined;
}
