import { duplicate, type FieldError, invalid, invalidWithoutValue, required } from '../../errors/field-error.js';
import type { Job, JobStatus } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { nonNegative } from '../../validation/check.js';
import { countIndexes, firstCommonIndex } from './job-indexes.js';

const at = (member: keyof JobStatus) => `status.${member}`;
const inConditions = (detail: string) => invalidWithoutValue(at('conditions'), detail);
const counters = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;

/** A Job's status, and how it differs from the one before: most is judged only where it changes. */
interface Change {
  readonly job: Draft<Job>;
  readonly old: Job;
  readonly status: Draft<JobStatus>;
  readonly before: JobStatus;
  holds(type: string): boolean;
  held(type: string): boolean;
  readonly finished: boolean;
  /** Whether one of these conditions, or members of the status, is not as it was. */
  changed(...names: readonly string[]): boolean;
}

/** The rules that a Job's controller is held to, whoever it is (KEP-4368). */
export function validateJobStatusUpdate(job: Draft<Job>, old: Job): FieldError[] {
  const change = changeOf(job, old);
  return [
    ...counters.flatMap((member) => nonNegative(at(member), change.status[member])),
    ...validateUncounted(change.status),
    ...validateEnd(change),
    ...validateIndexes(change),
    ...validateCourse(change),
  ];
}

function changeOf(job: Draft<Job>, old: Job): Change {
  const status: Draft<JobStatus> = job.status ?? {};
  const before = old.status ?? {};
  const holds = (type: string) => isTrue(status, type);
  const held = (type: string) => isTrue(before, type);
  const finished = holds('Complete') || holds('Failed');
  const changed = (...names: readonly string[]) =>
    names.some((name) => {
      if (name === 'finished') return finished !== (held('Complete') || held('Failed'));
      if (/^[A-Z]/.test(name)) return holds(name) !== held(name);
      return !equalJson(Reflect.get(status, name), Reflect.get(before, name));
    });
  return { job, old, status, before, holds, held, finished, changed };
}

function isTrue({ conditions = [] }: Draft<JobStatus> | JobStatus, type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

function validateUncounted({ uncountedTerminatedPods = {} }: Draft<JobStatus>): FieldError[] {
  const seen = new Set<string>();
  return (['succeeded', 'failed'] as const).flatMap((member) =>
    (uncountedTerminatedPods[member] ?? []).flatMap((uid, index) => {
      const field = `${at('uncountedTerminatedPods')}.${member}[${index}]`;
      if (uid === '') return [invalid(field, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(field, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

/** What goes together with the conditions that a job ends by, and what does not. */
function validateEnd({ job, status, holds, finished, changed }: Change): FieldError[] {
  const { active = 0, ready = 0, terminating = 0, startTime, completionTime, uncountedTerminatedPods: uncounted = {} } = status;
  const complete = holds('Complete');
  const emptyAndSuspended = job.spec?.suspend === true && job.spec.completions === 0;
  const uncountedPods = (uncounted.succeeded ?? []).length + (uncounted.failed ?? []).length;
  const rules: readonly (readonly [applies: boolean, error: FieldError])[] = [
    [
      complete && holds('Failed') && changed('Complete', 'Failed'),
      inConditions('cannot set Complete=True and Failed=true conditions'),
    ],
    [
      complete && holds('FailureTarget') && changed('Complete', 'FailureTarget'),
      inConditions('cannot set Complete=True and FailureTarget=true conditions'),
    ],
    [
      completionTime !== undefined && !complete && changed('Complete', 'completionTime'),
      invalid(at('completionTime'), completionTime, 'cannot set completionTime when there is no Complete=True condition'),
    ],
    [
      completionTime === undefined && complete && changed('Complete', 'completionTime'),
      required(at('completionTime'), 'completionTime is required for Complete jobs'),
    ],
    [
      (completionTime ?? startTime ?? '') < (startTime ?? '') && changed('startTime', 'completionTime'),
      invalid(at('completionTime'), completionTime, 'completionTime cannot be set before startTime'),
    ],
    [
      holds('Failed') && !holds('FailureTarget') && changed('Failed', 'FailureTarget'),
      inConditions('cannot set Failed=True condition without the FailureTarget=true condition'),
    ],
    [
      complete && !holds('SuccessCriteriaMet') && changed('Complete', 'SuccessCriteriaMet'),
      inConditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
    ],
    [
      finished && active > 0 && changed('finished', 'active'),
      invalid(at('active'), active, 'active>0 is invalid for finished job'),
    ],
    [
      finished && startTime === undefined && changed('finished', 'startTime') && !emptyAndSuspended,
      required(at('startTime'), 'startTime is required for finished job'),
    ],
    [
      finished && uncountedPods > 0 && changed('finished', 'uncountedTerminatedPods'),
      invalid(at('uncountedTerminatedPods'), uncounted, 'uncountedTerminatedPods needs to be empty for finished job'),
    ],
    [
      finished && terminating > 0 && changed('finished', 'terminating'),
      invalid(at('terminating'), terminating, 'terminating>0 is invalid for finished job'),
    ],
    [ready > active && changed('ready', 'active'), invalid(at('ready'), ready, 'cannot set more ready pods than active')],
    [
      holds('SuccessCriteriaMet') && holds('Failed'),
      inConditions('cannot set SuccessCriteriaMet=True and Failed=true conditions'),
    ],
    [
      holds('SuccessCriteriaMet') && holds('FailureTarget'),
      inConditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'),
    ],
    [
      job.spec?.successPolicy !== undefined && !holds('SuccessCriteriaMet') && complete,
      inConditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True'),
    ],
  ];
  return rules.flatMap(([applies, error]) => (applies ? [error] : []));
}

function validateIndexes({ job, status, changed }: Change): FieldError[] {
  const { completions, backoffLimitPerIndex, completionMode } = job.spec ?? {};
  const { completedIndexes = '', failedIndexes } = status;
  const errors: FieldError[] = [];
  const parse = (member: 'completedIndexes' | 'failedIndexes', text: string) => {
    const counted = completions === undefined ? 0 : countIndexes(text, completions);
    if (typeof counted === 'string') errors.push(invalid(at(member), text, `error parsing ${member}: ${counted}`));
  };
  if (changed('completedIndexes')) parse('completedIndexes', completedIndexes);
  if (changed('failedIndexes') && backoffLimitPerIndex !== undefined && failedIndexes !== undefined) {
    parse('failedIndexes', failedIndexes);
  }
  if (changed('completedIndexes') && completedIndexes !== '' && completionMode !== 'Indexed') {
    const why = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalid(at('completedIndexes'), completedIndexes, why));
  }
  if (changed('failedIndexes') && backoffLimitPerIndex === undefined && failedIndexes !== undefined) {
    const why = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalid(at('failedIndexes'), failedIndexes, why));
  }
  if (changed('failedIndexes', 'completedIndexes') && completions !== undefined && failedIndexes !== undefined) {
    const common = firstCommonIndex(completedIndexes, failedIndexes, completions);
    if (common !== undefined) {
      errors.push(invalid(at('failedIndexes'), failedIndexes, `failedIndexes and completedIndexes overlap at index: ${common}`));
    }
  }
  return errors;
}

/** What never goes back. */
function validateCourse({ job, status, before, holds, held }: Change): FieldError[] {
  const { completions, parallelism, completionMode, suspend = false } = job.spec ?? {};
  const errors: FieldError[] = [];
  for (const type of ['Failed', 'Complete', 'FailureTarget']) {
    if (held(type) && !holds(type)) errors.push(inConditions(`cannot disable the terminal ${type}=True condition`));
  }
  const { failed = 0, succeeded = 0, completionTime, startTime } = status;
  if (failed < (before.failed ?? 0)) errors.push(invalid(at('failed'), failed, 'cannot decrease the failed counter'));
  // A job of as many pods at once as in all can be scaled down.
  const scales = completionMode === 'Indexed' && completions === parallelism;
  if (!scales && succeeded < (before.succeeded ?? 0)) {
    errors.push(invalid(at('succeeded'), succeeded, 'cannot decrease the succeeded counter'));
  }
  if (completionTime !== undefined && before.completionTime !== undefined && completionTime !== before.completionTime) {
    errors.push(invalid(at('completionTime'), completionTime, 'completionTime cannot be mutated'));
  }
  if (before.startTime !== undefined && startTime !== before.startTime && !suspend) {
    errors.push(required(at('startTime'), 'startTime cannot be removed for unsuspended job'));
  }
  if (held('SuccessCriteriaMet') && !holds('SuccessCriteriaMet')) {
    errors.push(inConditions('cannot disable the SuccessCriteriaMet=True condition'));
  }
  if (held('Complete') && !held('SuccessCriteriaMet') && holds('SuccessCriteriaMet')) {
    errors.push(inConditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'));
  }
  return errors;
}
