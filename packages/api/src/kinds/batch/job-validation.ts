import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type { Job, JobSpec, PodTemplateSpec } from '../../generated/types.js';
import { cloneJson } from '../../json.js';
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
  'maxFailedIndexes',
] as const;
const perIndex = ['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'] as const;
const replacementPolicies = ['Failed', 'TerminatingOrFailed'];

export function validateJob({ spec = {} }: Draft<Job>): FieldError[] {
  return [...validateJobSpec(spec, 'spec'), ...(spec.selector === undefined ? [required('spec.selector')] : [])];
}

/** @param field the path of the spec: a CronJob has one too */
export function validateJobSpec(spec: Draft<JobSpec>, field: string): FieldError[] {
  const { podReplacementPolicy, podFailurePolicy } = spec;
  const errors = counts.flatMap((name) => nonNegative(`${field}.${name}`, spec[name]));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  errors.push(...oneOf(`${field}.completionMode`, spec.completionMode ?? 'NonIndexed', ['NonIndexed', 'Indexed']));
  if (spec.completionMode === 'Indexed') {
    if (spec.completions === undefined) errors.push(required(`${field}.completions`, 'when completion mode is Indexed'));
  } else {
    for (const name of perIndex) {
      if (spec[name] !== undefined) errors.push(invalid(`${field}.${name}`, spec[name], 'requires indexed completion mode'));
    }
  }
  if (podReplacementPolicy !== undefined) {
    const supported = podFailurePolicy === undefined ? replacementPolicies : ['Failed'];
    errors.push(...oneOf(`${field}.podReplacementPolicy`, podReplacementPolicy, supported));
  }
  return [
    ...errors,
    ...validatePodTemplate(spec.template, `${field}.template`),
    ...validateRestartPolicy(spec, `${field}.template.spec.restartPolicy`),
  ];
}

/** Always is what pods get by default, so it means that nobody chose. */
function validateRestartPolicy({ template, podFailurePolicy }: Draft<JobSpec>, at: string): FieldError[] {
  const { restartPolicy = '' } = template?.spec ?? {};
  if (restartPolicy === '' || restartPolicy === 'Always') return [required(at, 'valid values: "OnFailure", "Never"')];
  if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    return [notSupported(at, restartPolicy, ['OnFailure', 'Never'])];
  }
  if (podFailurePolicy === undefined || restartPolicy === 'Never') return [];
  return [invalid(at, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')];
}

export function validateJobUpdate({ spec = {} }: Draft<Job>, old: Job): FieldError[] {
  const same = (name: 'completionMode' | 'podFailurePolicy' | 'backoffLimitPerIndex' | 'managedBy' | 'successPolicy') =>
    immutable(`spec.${name}`, spec[name], old.spec[name]);
  return [
    ...validateCompletions(spec, old),
    ...immutable('spec.selector', spec.selector, old.spec.selector),
    ...immutable('spec.template', spec.template, reschedulable(spec, old)),
    ...same('completionMode'),
    ...same('podFailurePolicy'),
    ...same('backoffLimitPerIndex'),
    ...same('managedBy'),
    ...same('successPolicy'),
  ];
}

/** An indexed job whose pods all run at once may grow and shrink. */
function validateCompletions(spec: Draft<JobSpec>, old: Job): FieldError[] {
  if (spec.completions === old.spec.completions) return [];
  if (spec.completionMode !== 'Indexed') return immutable('spec.completions', spec.completions, old.spec.completions);
  const elastic = spec.completions === spec.parallelism && old.spec.completions === old.spec.parallelism;
  return elastic ? [] : [invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')];
}

/** The template as it may become: where pods run is open until the first of them does. */
function reschedulable({ template }: Draft<JobSpec>, old: Job): unknown {
  const before: PodTemplateSpec | undefined = old.spec.template; // what was stored is not checked again
  if (before === undefined || old.spec.suspend !== true || old.status?.startTime !== undefined || template?.spec === undefined)
    return before;
  const now = template.spec;
  const merged: Draft<PodTemplateSpec> = cloneJson(before);
  merged.metadata ??= {};
  merged.spec ??= {};
  const { metadata: meta, spec } = merged;
  replace(meta, 'annotations', template.metadata?.annotations);
  replace(meta, 'labels', template.metadata?.labels);
  replace(spec, 'nodeSelector', now.nodeSelector);
  replace(spec, 'tolerations', now.tolerations);
  replace(spec, 'schedulingGates', now.schedulingGates);
  const affinity = { ...spec.affinity };
  replace(affinity, 'nodeAffinity', now.affinity?.nodeAffinity);
  const some = Object.keys(affinity).length > 0 || now.affinity !== undefined;
  replace(spec, 'affinity', some ? affinity : undefined);
  return merged;
}

function replace<T extends object, K extends keyof T>(target: T, name: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[name];
  else target[name] = value;
}
