import { type FieldError, forbidden, invalid } from '../errors/field-error.js';
import type { ObjectMeta, Pod, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { checkListAnnotation } from '../validation/json-annotation.js';
import { isMirror, mirrorAnnotation } from './mirror.js';
import { validateProfileAnnotations, validateProfilesMatch } from './profile-annotations.js';
import { validateImageSpace } from './validate-containers.js';
import { validatePodSpec } from './validate-pod-spec.js';
import { validateTolerations } from './validate-scheduling.js';

const tolerationsAnnotation = 'scheduler.alpha.kubernetes.io/tolerations';
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';

/** For every path that writes to a pod's spec. */
export function validatePod(pod: Draft<Pod>): FieldError[] {
  const { metadata = {}, spec = {} } = pod;
  return [
    ...validatePodAnnotations(metadata, spec, 'metadata.annotations'),
    ...validatePodSpec(spec, 'spec', { name: metadata.name ?? '', mirror: isMirror(pod) }),
    ...validateTokens(spec),
    ...(spec.containers ?? []).flatMap((container, index) => validateImageSpace(container, `spec.containers[${index}]`)),
    ...(spec.initContainers ?? []).flatMap((container, index) => validateImageSpace(container, `spec.initContainers[${index}]`)),
  ];
}

export function validatePodCreate({ metadata = {}, spec = {} }: Draft<Pod>): FieldError[] {
  const gated = (spec.nodeName ?? '') !== '' && (spec.schedulingGates ?? []).length > 0;
  return [
    ...((spec.ephemeralContainers ?? []).length > 0 ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')] : []),
    ...(gated ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')] : []),
    ...validateProfilesMatch(metadata, spec, 'spec'),
  ];
}

/** Annotations that mean something to Kubernetes, of pods and of pod templates. */
export function validatePodAnnotations(metadata: Draft<ObjectMeta>, spec: Draft<PodSpec>, field: string): FieldError[] {
  const { annotations = {} } = metadata;
  const errors: FieldError[] = [];
  const hash = annotations[mirrorAnnotation];
  if (hash !== undefined && (spec.nodeName ?? '') === '') {
    errors.push(invalid(`${field}[${mirrorAnnotation}]`, hash, 'must set spec.nodeName if mirror pod annotation is set'));
  }
  errors.push(...checkListAnnotation(annotations, field, tolerationsAnnotation, 'Toleration', validateTolerations));
  const cost = annotations[deletionCost];
  if (cost !== undefined && !isInt32(cost)) {
    errors.push(invalid(`${field}[${deletionCost}]`, cost, 'must be a 32bit integer'));
  }
  return [...errors, ...validateProfileAnnotations(metadata, spec, field)];
}

/** As Go reads it, without a plus; leading zeros only behind a minus. */
function isInt32(text: string): boolean {
  return /^(0|[1-9]\d*|-\d+)$/.test(text) && Math.abs(Number(text)) <= 2 ** 31 - (text.startsWith('-') ? 0 : 1);
}

function validateTokens(spec: Draft<PodSpec>): FieldError[] {
  if ((spec.serviceAccountName ?? '') !== '') return [];
  return (spec.volumes ?? []).flatMap(({ projected }, index) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, source) =>
      serviceAccountToken === undefined
        ? []
        : [
            forbidden(
              `spec.volumes[${index}].projected.sources[${source}].serviceAccountToken`,
              'must not be specified when serviceAccountName is not set',
            ),
          ],
    ),
  );
}
