import { type FieldError, invalid, notSupported, required, tooLong } from '../../errors/field-error.js';
import type { Job, JobSpec, PodTemplateSpec } from '../../generated/types.js';
import { cloneJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { validateMatch, validatePodTemplate } from '../../pods/validate-template.js';
import { nonNegative, oneOf } from '../../validation/check.js';
import { validateDomainPrefixedPath } from '../../validation/domain-prefixed-path.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { dns1123LabelProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policies.js';
import { jobLabels } from './job-strategy.js';

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;
const prefixedLabels = ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'];
const perIndex = ['backoffLimitPerIndex', 'maxFailedIndexes'] as const;
const replacementPolicies = ['Failed', 'TerminatingOrFailed'];

/** The status holds the indexes that are done as a text: there may not be too many of them. */
const parallelismMax = 100_000;
const failedIndexesMax = 100_000;
/** Jobs of more completions than that, whose indexes fail one by one, have to keep below the limits that follow. */
const completionsMany = 100_000;
const parallelismOfManyMax = 10_000;
const failedIndexesOfManyMax = 10_000;
const managedByMax = 63;

export function validateJob({ metadata, spec = {} }: Draft<Job>, old?: Job): FieldError[] {
  return [
    ...(spec.manualSelector === true ? [] : validateOwnLabels(metadata, spec, old)),
    ...validateJobSpec(spec, 'spec'),
    ...(spec.selector === undefined ? [required('spec.selector')] : validateLabelSelector(spec.selector, 'spec.selector')),
    ...validateMatch(spec.selector, spec.template, 'spec.template'),
    ...validatePodNames(metadata?.name ?? '', spec),
  ];
}

/** A selector that was not given by hand is made of the job's uid: a copy of another job brings that one's labels with it. */
function validateOwnLabels(metadata: Draft<Job>['metadata'], spec: Draft<JobSpec>, old: Job | undefined): FieldError[] {
  const { uid = '', name = '' } = metadata ?? {};
  const { template, selector } = spec;
  if (uid === '' || selector === undefined) return [];
  const labels = template?.metadata?.labels ?? {};
  const before: PodTemplateSpec | undefined = old?.spec.template; // what was stored is not checked again
  const prefixed = old === undefined || prefixedLabels.every((label) => before?.metadata?.labels?.[label] !== undefined);
  const wanted = Object.fromEntries(Object.entries(jobLabels(uid, name)).filter(([label]) => prefixed || !label.includes('/')));
  const errors = Object.entries(wanted).flatMap(([label, value]) => {
    const at = `spec.template.metadata.labels[${label}]`;
    const why = `must be '${value}'`;
    if (labels[label] === value) return [];
    const other = [invalid(at, labels, why)];
    return labels[label] === undefined ? [required(at, why), ...other] : other;
  });
  if (validateMatch(selector, { metadata: { labels: wanted } }, '').length === 0) return errors;
  return [...errors, invalid('spec.selector', selector, '`selector` not auto-generated')];
}

/** Pods of an indexed job are hosts by the name of the job and their index. */
function validatePodNames(name: string, { completionMode, completions = 0 }: Draft<JobSpec>): FieldError[] {
  if (completionMode !== 'Indexed' || completions <= 0) return [];
  const last = `${name}-${completions - 1}`;
  if (dns1123LabelProblems(last).length === 0) return [];
  return [invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${last}`)];
}

/** @param field the path of the spec: a CronJob has one too */
export function validateJobSpec(spec: Draft<JobSpec>, field: string): FieldError[] {
  const { podReplacementPolicy, podFailurePolicy } = spec;
  const errors = counts.flatMap((name) => nonNegative(`${field}.${name}`, spec[name]));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  if (spec.managedBy !== undefined) errors.push(...validateManager(spec.managedBy, `${field}.managedBy`));
  errors.push(...oneOf(`${field}.completionMode`, spec.completionMode ?? 'NonIndexed', ['NonIndexed', 'Indexed']));
  errors.push(...(spec.completionMode === 'Indexed' ? validateIndexed(spec, field) : validateNotIndexed(spec, field)));
  if (podFailurePolicy !== undefined) errors.push(...validateFailurePolicy(spec, `${field}.podFailurePolicy`));
  if (spec.successPolicy !== undefined) {
    errors.push(
      ...(spec.completionMode === 'Indexed'
        ? validateSuccessPolicy(spec, `${field}.successPolicy`)
        : [invalid(`${field}.successPolicy`, spec.successPolicy, onlyIndexed)]),
    );
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

const onlyIndexed = 'requires indexed completion mode';

function validateNotIndexed(spec: Draft<JobSpec>, field: string): FieldError[] {
  return perIndex.flatMap((name) => (spec[name] === undefined ? [] : [invalid(`${field}.${name}`, spec[name], onlyIndexed)]));
}

function validateIndexed(spec: Draft<JobSpec>, field: string): FieldError[] {
  const { completions, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex } = spec;
  const errors: FieldError[] = [];
  const atMost = (name: 'parallelism' | 'maxFailedIndexes', max: number | 'completions', when = '') =>
    errors.push(invalid(`${field}.${name}`, spec[name], `must be less than or equal to ${max}${when}`));
  if (completions === undefined) errors.push(required(`${field}.completions`, 'when completion mode is Indexed'));
  if (parallelism > parallelismMax) atMost('parallelism', parallelismMax, ' when completion mode is Indexed');
  if (failed !== undefined && completions !== undefined && failed > completions) atMost('maxFailedIndexes', 'completions');
  if (failed !== undefined && failed > failedIndexesMax) atMost('maxFailedIndexes', failedIndexesMax);
  if (completions === undefined || completions <= completionsMany || backoffLimitPerIndex === undefined) return errors;
  const many = ` when completions are above ${completionsMany} and used with backoff limit per index`;
  if (failed === undefined) {
    errors.push(required(`${field}.maxFailedIndexes`, `must be specified when completions is above ${completionsMany}`));
  }
  if (parallelism > parallelismOfManyMax) atMost('parallelism', parallelismOfManyMax, many);
  if (failed !== undefined && failed > failedIndexesOfManyMax) atMost('maxFailedIndexes', failedIndexesOfManyMax, many);
  return errors;
}

/** `example.com/controller`: who runs the job instead of Kubernetes' own controller. */
function validateManager(name: string, at: string): FieldError[] {
  const long = name.length > managedByMax ? [tooLong(at, managedByMax)] : [];
  return [...validateDomainPrefixedPath(at, name), ...long];
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

/** An indexed job may grow and shrink to as many completions as pods run at once. */
function validateCompletions(spec: Draft<JobSpec>, old: Job): FieldError[] {
  const { completions } = spec;
  if (completions === old.spec.completions) return [];
  if (spec.completionMode !== 'Indexed') return immutable('spec.completions', completions, old.spec.completions);
  if (completions === undefined || completions === spec.parallelism) return [];
  return [invalid('spec.completions', completions, 'can only be modified in tandem with spec.parallelism')];
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
