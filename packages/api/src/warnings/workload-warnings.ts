import type { JobSpec, PodTemplateSpec } from '../generated/types.js';
import type { Draft, KubernetesObject } from '../objects.js';
import { dns1123LabelProblems } from '../validation/names.js';
import { warningsOfTemplate } from './pod-warnings.js';

/** From here on the text that tells which indexes are done may get too long (KEP-3850). */
const completionsMany = 100_000;
const parallelismMany = 10_000;

/** Of the pods of a workload, when it is new and whenever more than its metadata changes. @param field the path of their template */
export function warningsOfPods(
  { metadata }: Draft<KubernetesObject>,
  old: KubernetesObject | undefined,
  template: Draft<PodTemplateSpec> | undefined,
  field = 'spec.template',
): string[] {
  return metadata?.generation === old?.metadata.generation ? [] : warningsOfTemplate(template ?? {}, field);
}

/** The same, of a workload after which its pods are named. */
export function warningsOfNamedPods(
  workload: Draft<KubernetesObject>,
  old: KubernetesObject | undefined,
  template: Draft<PodTemplateSpec> | undefined,
): string[] {
  return [...warnOfName(workload, old), ...warningsOfPods(workload, old, template)];
}

/** @param field the path of the job's spec */
export function warningsOfJob(
  workload: Draft<KubernetesObject>,
  old: KubernetesObject | undefined,
  spec: Draft<JobSpec> = {},
  field = 'spec',
): string[] {
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  const changed = workload.metadata?.generation !== old?.metadata.generation;
  const large = completionMode === 'Indexed' && completions > completionsMany && parallelism > parallelismMany;
  const untracked =
    'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
  return [
    ...warnOfName(workload, old),
    ...(changed && large ? [`${field}: ${untracked}`] : []),
    ...warningsOfPods(workload, old, template, `${field}.template`),
  ];
}

function warnOfName({ metadata }: Draft<KubernetesObject>, old: KubernetesObject | undefined): string[] {
  const problems = old === undefined ? dns1123LabelProblems(metadata?.name ?? '') : [];
  const surprising = 'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior';
  return problems.length === 0 ? [] : [`${surprising}; a DNS label is recommended: [${problems.join(' ')}]`];
}
