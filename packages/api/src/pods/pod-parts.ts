import type { PartUpdate } from '../definition.js';
import { type FieldError, forbidden, invalid } from '../errors/field-error.js';
import { unifiedDiff } from '../errors/unified-diff.js';
import type { Container, Pod, PodSpec, ResourceRequirements } from '../generated/types.js';
import { cloneJson, equalButEmptyLists } from '../json.js';
import type { Draft } from '../objects.js';
import { withPodDefaults } from './default-pod-spec.js';
import { isMirror } from './mirror.js';
import { qosClassOf } from './pod-strategy.js';
import { validatePod } from './validate-pod.js';

const resizable = ['cpu', 'memory'];

/** `/ephemeralcontainers` adds containers to a pod that runs; it changes and removes none. */
export const ephemeralContainers: PartUpdate<Pod> = {
  merge: (old, { spec }) => ({ ...old, spec: { ...old.spec, ephemeralContainers: spec?.ephemeralContainers } }),

  validate(pod, old) {
    if (isMirror(old)) return [forbidden('', 'static pods do not support ephemeral containers')];
    const wanted = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
    const errors = (withPodDefaults(old.spec).ephemeralContainers ?? []).flatMap((before) => {
      const now = wanted.get(before.name);
      const who = `existing ephemeral containers ${JSON.stringify(before.name)}`;
      if (now === undefined) return [forbidden('spec.ephemeralContainers', `${who} may not be removed\n`)];
      if (equalButEmptyLists(now, before)) return [];
      return [forbidden('spec.ephemeralContainers', `${who} may not be changed\n${unifiedDiff(before, now)}`)];
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
    const errors = [...validatePod(pod), ...validateWhole(spec, old)];
    const moved = [
      ...validateOrder(spec.containers, old.spec.containers, 'containers'),
      ...validateOrder(spec.initContainers, old.spec.initContainers, 'initContainers'),
    ];
    if (moved.length > 0) return [...errors, ...moved];
    return [...errors, ...validateRemovals(spec, old.spec), ...validateContainers(spec, old.spec)];
  },
};

/** What a resize may not do to the pod as a whole, and where there is nobody to carry it out. */
function validateWhole(spec: Draft<PodSpec>, { spec: before, status }: Pod): FieldError[] {
  const quality = status?.qosClass ?? qosClassOf(cloneJson(before));
  const running = (status?.containerStatuses ?? []).find(({ state }) => state?.running !== undefined);
  const deaf = running !== undefined && running.resources === undefined;
  return [
    ...(quality === qosClassOf(spec) ? [] : [invalid('spec', quality, 'Pod QOS Class may not change as a result of resizing')]),
    ...(deaf ? [forbidden('spec', 'Pod running on node without support for resize')] : []),
  ];
}

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

function validateRemovals(now: Draft<PodSpec>, before: PodSpec): FieldError[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (before[list] ?? []).flatMap((container, index) => {
      if (list === 'initContainers' && container.restartPolicy !== 'Always') return [];
      return validateRemoval(now[list]?.[index]?.resources, container.resources, `spec.${list}[${index}].resources`);
    }),
  );
}

function validateContainers(now: Draft<PodSpec>, before: PodSpec): FieldError[] {
  const init = (before.initContainers ?? []).map((container, index) => {
    const wanted = now.initContainers?.[index];
    if (container.restartPolicy !== 'Always') {
      return equalButEmptyLists(wanted, container) ? undefined : 'resources for non-sidecar init containers are immutable';
    }
    return resizesOnly(wanted, container) ? undefined : 'only cpu and memory resources for sidecar containers are mutable';
  });
  const regular = before.containers.map((container, index) =>
    resizesOnly(now.containers?.[index], container) ? undefined : 'only cpu and memory resources are mutable',
  );
  return [...regular, ...init].flatMap((why) => (why === undefined ? [] : [forbidden('spec', why)]));
}

function validateRemoval(now: Draft<ResourceRequirements> = {}, before: ResourceRequirements = {}, at: string): FieldError[] {
  return (['requests', 'limits'] as const).flatMap((name) => {
    const kept = Object.keys(before[name] ?? {}).every((resource) => Object.hasOwn(now[name] ?? {}, resource));
    return kept ? [] : [forbidden(`${at}.${name}`, `resource ${name} cannot be removed`)];
  });
}

/**
 * Whether nothing but amounts of CPU and memory has changed. As in Kubernetes, what had no amounts of a kind may get any, and
 * a container that uses resource claims cannot be resized.
 */
function resizesOnly(now: Draft<Container> = {}, before: Container): boolean {
  const amounts = (kind: 'limits' | 'requests') => {
    const old = before.resources?.[kind];
    return old === undefined ? undefined : { ...unresizable(now.resources?.[kind]), ...only(old, resizable) };
  };
  const resources = { limits: amounts('limits'), requests: amounts('requests') };
  return equalButEmptyLists({ ...now, resources }, { ...before, resources: { ...before.resources } });
}

type Amounts = Readonly<Record<string, string | undefined>>;

function only(amounts: Amounts, names: readonly string[]): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => names.includes(name)));
}

function unresizable(amounts: Amounts = {}): Amounts {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => !resizable.includes(name)));
}

function hasPodResources({ resources }: PodSpec): boolean {
  return Object.keys({ ...resources?.limits, ...resources?.requests }).length > 0;
}
