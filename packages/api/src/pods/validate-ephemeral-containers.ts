import { duplicate, type FieldError, forbidden, notFound } from '../errors/field-error.js';
import type { Container, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { type ContainerContext, validateCommon, validateImageSpace } from './validate-containers.js';

/** A pod does not rely on them: nothing waits for them, restarts them or sends them traffic. */
const foreign = ['ports', 'resources', 'resizePolicy', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const;
const why = 'cannot be set for an Ephemeral Container';

export function validateEphemeralContainers(spec: Draft<PodSpec>, field: string, context: ContainerContext): FieldError[] {
  const others = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name = '' }) => name);
  const targets = new Set(others);
  const names = new Set(others);
  return (spec.ephemeralContainers ?? []).flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const { name = '', targetContainerName: target = '' } = container;
    const errors = [...validateCommon(container, at, context), ...validateImageSpace(container, at)];
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (target !== '' && !targets.has(target)) errors.push(notFound(`${at}.targetContainerName`, target));
    errors.push(...foreign.filter((member) => isSet(container, member)).map((member) => forbidden(`${at}.${member}`, why)));
    for (const [mountIndex, mount] of (container.volumeMounts ?? []).entries()) {
      for (const member of ['subPath', 'subPathExpr'] as const) {
        if ((mount[member] ?? '') !== '') errors.push(forbidden(`${at}.volumeMounts[${mountIndex}].${member}`, why));
      }
    }
    return errors;
  });
}

function isSet(container: Draft<Container>, member: (typeof foreign)[number]): boolean {
  const value = container[member];
  if (value === undefined) return false;
  // The defaults leave an empty struct of resources.
  return member !== 'resources' || Object.values(value).some((one: unknown) => one !== undefined);
}
