import { type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import type { LabelSelector, PodTemplateSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { labelSelectorRequirements } from '../selectors/label-selector.js';
import { matchesRequirements } from '../selectors/requirement.js';
import { validateLabelSelector } from '../validation/label-selector.js';
import { validateAnnotations, validateLabels } from '../validation/object-meta.js';
import { validateProfilesMatch } from './profile-annotations.js';
import { validatePodAnnotations } from './validate-pod.js';
import { validatePodSpec } from './validate-pod-spec.js';

export function validatePodTemplate(template: Draft<PodTemplateSpec> | undefined, field: string): FieldError[] {
  if (template === undefined) return [required(field)];
  const { metadata = {}, spec = {} } = template;
  return [
    ...validateLabels(metadata.labels, `${field}.labels`),
    ...validateAnnotations(metadata.annotations, `${field}.annotations`),
    ...validatePodAnnotations(metadata, spec, `${field}.annotations`),
    ...validatePodSpec(spec, `${field}.spec`),
    ...validateProfilesMatch(metadata, spec, `${field}.spec`),
    ...((spec.ephemeralContainers ?? []).length > 0
      ? [forbidden(`${field}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

/** What a kind that keeps pods running asks of its template: its own pods must match its selector, and never end. */
export function validateReplicaTemplate(
  selector: Draft<LabelSelector> | undefined,
  template: Draft<PodTemplateSpec> | undefined,
  owner: string,
): FieldError[] {
  const broken = selector !== undefined && validateLabelSelector(selector, '').length > 0;
  if (broken) return [invalid('spec.selector', selector, 'invalid label selector')];
  return [
    ...validateMatch(selector, template, 'spec.template'),
    ...validatePodTemplate(template, 'spec.template'),
    ...validateEndless(template, owner, 'spec.template.spec'),
  ];
}

/** Whether the pods that the template makes are those that the selector finds; without a selector none are. */
export function validateMatch(
  selector: Draft<LabelSelector> | undefined,
  template: Draft<PodTemplateSpec> | undefined,
  field: string,
): FieldError[] {
  const labels = template?.metadata?.labels;
  if (selector !== undefined && validateLabelSelector(selector, '').length > 0) return [];
  if (template === undefined || (selector !== undefined && selects(selector, labels ?? {}))) return [];
  return [invalid(`${field}.metadata.labels`, labels, '`selector` does not match template `labels`')];
}

/** Pods that are kept running do not end by themselves. */
export function validateEndless(template: Draft<PodTemplateSpec> | undefined, owner: string, field: string): FieldError[] {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  return [
    ...(restartPolicy !== undefined && restartPolicy !== 'Always'
      ? [notSupported(`${field}.restartPolicy`, restartPolicy, ['Always'])]
      : []),
    ...(activeDeadlineSeconds === undefined
      ? []
      : [forbidden(`${field}.activeDeadlineSeconds`, `activeDeadlineSeconds in ${owner} is not Supported`)]),
  ];
}

/** @param owner as the message names it */
export function validateSelector(selector: Draft<LabelSelector> | undefined, owner: string): FieldError[] {
  if (selector === undefined) return [required('spec.selector')];
  const empty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  return [
    ...validateLabelSelector(selector, 'spec.selector'),
    ...(empty ? [invalid('spec.selector', selector, `empty selector is invalid for ${owner}`)] : []),
  ];
}

/** The selector has been validated: its operators are known. */
function selects(selector: Draft<LabelSelector>, labels: Readonly<Record<string, string | undefined>>): boolean {
  const requirements = labelSelectorRequirements(selector as LabelSelector); // keys and operators are there: they were checked
  return matchesRequirements(requirements, labels as Readonly<Record<string, string>>); // decoded JSON holds no undefined
}
