import { type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import type { LabelSelector, PodTemplateSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { labelSelectorRequirements } from '../selectors/label-selector.js';
import { matchesRequirements } from '../selectors/requirement.js';
import { validateLabelSelector } from '../validation/label-selector.js';
import { validateAnnotations, validateLabels } from '../validation/object-meta.js';
import { validatePodSpec } from './validate-pod-spec.js';

export function validatePodTemplate(template: Draft<PodTemplateSpec> | undefined, field: string): FieldError[] {
  if (template === undefined) return [required(field)];
  return [
    ...validateLabels(template.metadata?.labels, `${field}.metadata.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${field}.metadata.annotations`),
    ...validatePodSpec(template.spec ?? {}, `${field}.spec`),
  ];
}

/** What a kind that keeps pods running asks of its template: its own pods must match its selector, and never end. */
export function validateReplicaTemplate(
  selector: Draft<LabelSelector> | undefined,
  template: Draft<PodTemplateSpec> | undefined,
  owner: string,
): FieldError[] {
  const errors = validateSelector(selector);
  const labels = template?.metadata?.labels;
  if (errors.length === 0 && selector !== undefined && template !== undefined && !selects(selector, labels ?? {})) {
    errors.push(invalid('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'));
  }
  errors.push(...validatePodTemplate(template, 'spec.template'));
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== undefined && restartPolicy !== 'Always') {
    errors.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  }
  if (activeDeadlineSeconds !== undefined) {
    errors.push(forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${owner} is not Supported`));
  }
  return errors;
}

function validateSelector(selector: Draft<LabelSelector> | undefined): FieldError[] {
  if (selector === undefined) return [required('spec.selector')];
  const empty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  if (empty) return [invalid('spec.selector', selector, 'empty selector is invalid for deployment')];
  return validateLabelSelector(selector, 'spec.selector');
}

/** The selector has been validated: its operators are known. */
function selects(selector: Draft<LabelSelector>, labels: Readonly<Record<string, string | undefined>>): boolean {
  const requirements = labelSelectorRequirements(selector as LabelSelector); // keys and operators are there: they were checked
  return matchesRequirements(requirements, labels as Readonly<Record<string, string>>); // decoded JSON holds no undefined
}
