import type { Job, JobSpec } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';

export function defaultJob(draft: Draft<Job>): void {
  draft.spec ??= {};
  const { spec } = draft;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647;
  spec.completionMode ||= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ||= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  const labels = spec.template?.metadata?.labels;
  draft.metadata ??= {};
  if (labels !== undefined && Object.keys(draft.metadata.labels ?? {}).length === 0) draft.metadata.labels = { ...labels };
  defaultJobTemplate(spec);
}

/** What is filled in wherever a Job's spec stands, in a CronJob's too. */
export function defaultJobTemplate(spec: Draft<JobSpec>): void {
  for (const { onPodConditions = [] } of spec.podFailurePolicy?.rules ?? [])
    for (const pattern of onPodConditions) pattern.status ||= 'True';
  spec.template ??= {};
  defaultPodTemplate(spec.template);
}

/** The labels by which a job's pods are found, unless its selector is given by hand; those of old have no prefix. */
export function jobLabels(uid: string, name: string): Readonly<Record<string, string>> {
  return {
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  };
}

/** A job knows its pods by its own uid, so that no other job's pods can be taken for them. Validation refuses other labels. */
export function prepareJob(draft: Draft<Job>): void {
  draft.status = {};
  const { spec, metadata: { uid = '', name = '' } = {} } = draft;
  if (spec?.template === undefined || spec.manualSelector === true || uid === '') return;
  spec.template.metadata ??= {};
  spec.template.metadata.labels = { ...jobLabels(uid, name), ...spec.template.metadata.labels };
  const matchLabels = { 'batch.kubernetes.io/controller-uid': uid, ...spec.selector?.matchLabels };
  spec.selector = { ...spec.selector, matchLabels };
}
