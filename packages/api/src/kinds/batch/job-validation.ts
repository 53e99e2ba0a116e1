import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type { Job, JobSpec } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { validatePodTemplate } from '../../pods/validate-template.js';
import { nonNegative, oneOf } from '../../validation/check.js';
import { immutable } from '../../validation/object-meta.js';

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
] as const;

export function validateJob({ spec = {} }: Draft<Job>): FieldError[] {
  return [...validateJobSpec(spec, 'spec'), ...(spec.selector === undefined ? [required('spec.selector')] : [])];
}

/** @param field the path of the spec: a CronJob has one too */
export function validateJobSpec(spec: Draft<JobSpec>, field: string): FieldError[] {
  const restartPolicy = spec.template?.spec?.restartPolicy;
  const errors = [
    ...counts.flatMap((name) => nonNegative(`${field}.${name}`, spec[name])),
    ...oneOf(`${field}.completionMode`, spec.completionMode ?? 'NonIndexed', ['Indexed', 'NonIndexed']),
    ...validatePodTemplate(spec.template, `${field}.template`),
  ];
  if (spec.completionMode === 'Indexed' && spec.completions === undefined) {
    errors.push(required(`${field}.completions`, 'when completion mode is Indexed'));
  }
  if (restartPolicy !== undefined && restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    const at = `${field}.template.spec.restartPolicy`;
    errors.push(
      restartPolicy === 'Always'
        ? invalid(at, restartPolicy, 'must be "OnFailure" or "Never"')
        : notSupported(at, restartPolicy, ['OnFailure', 'Never']),
    );
  }
  return errors;
}

export function validateJobUpdate({ spec = {} }: Draft<Job>, old: Job): FieldError[] {
  const indexed = old.spec.completionMode === 'Indexed';
  return [
    ...(indexed ? [] : immutable('spec.completions', spec.completions, old.spec.completions)),
    ...immutable('spec.selector', spec.selector, old.spec.selector),
    ...(old.spec.suspend === true ? [] : immutable('spec.template', spec.template, old.spec.template)),
    ...immutable('spec.completionMode', spec.completionMode, old.spec.completionMode),
  ];
}
