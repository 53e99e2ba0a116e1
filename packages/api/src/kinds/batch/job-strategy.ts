import type { Job } from '../../generated/types.js';
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
  defaultPodTemplate(spec.template);
}

/** A job knows its pods by its own uid, so that no other job's pods can be taken for them. */
export function prepareJob(draft: Draft<Job>): void {
  draft.status = {};
  const { spec, metadata: { uid = '', name = '' } = {} } = draft;
  if (spec?.template === undefined || spec.manualSelector === true || uid === '') return;
  const identity = { 'batch.kubernetes.io/controller-uid': uid };
  spec.template.metadata ??= {};
  spec.template.metadata.labels = {
    ...spec.template.metadata.labels,
    ...identity,
    'controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'job-name': name,
  };
  spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, ...identity } };
}
