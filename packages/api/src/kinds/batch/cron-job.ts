import { ageColumn, type Column, countColumn, nameColumn, sinceText, textColumn, wide } from '../../columns/column.js';
import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type { CronJob, JobSpec } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { nonNegative, oneOf } from '../../validation/check.js';
import { warningsOfJob } from '../../warnings/workload-warnings.js';
import { define, statusOf } from '../define.js';
import { scheduleProblem } from './cron-schedule.js';
import { defaultJobTemplate } from './job-strategy.js';
import { validateJobSpec } from './job-validation.js';

/** Jobs get a suffix of 11 characters, and their names must still be labels. */
const nameMax = 52;

export const cronJobs = define<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  generation: true,
  subresources: [statusOf('batch', 'v1', 'CronJob')],
  columns: [
    nameColumn,
    textColumn('Schedule', 'When it runs, in the notation of cron.', ({ spec }) => spec.schedule),
    textColumn('Timezone', 'Where the schedule is meant.', ({ spec }) => spec.timeZone ?? '<none>'),
    {
      ...textColumn<CronJob>('Suspend', 'Whether it is suspended.', suspendText),
      type: 'boolean',
    },
    countColumn('Active', 'How many of its jobs are running.', ({ status }) => (status?.active ?? []).length),
    textColumn('Last Schedule', 'When it ran last.', ({ status }, nowMs) =>
      status?.lastScheduleTime === undefined ? '<none>' : sinceText(status.lastScheduleTime, nowMs),
    ),
    ageColumn,
    ...jobColumns(),
  ],

  defaults(draft) {
    draft.spec ??= {};
    const { spec } = draft;
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    spec.jobTemplate ??= {};
    spec.jobTemplate.metadata ??= {};
    spec.jobTemplate.spec ??= {};
    defaultJobTemplate(spec.jobTemplate.spec);
  },

  validate({ spec = {} }, old) {
    const { schedule = '', jobTemplate } = spec;
    return [
      ...(schedule === '' ? [required('spec.schedule')] : validateSchedule(schedule, spec.timeZone, old?.spec.schedule)),
      ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
      ...(old !== undefined && old.spec.timeZone === spec.timeZone ? [] : validateTimeZone(spec.timeZone)),
      ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
      ...validateJobSpec(jobTemplate?.spec ?? {}, 'spec.jobTemplate.spec'),
      ...validateOwnSelector(jobTemplate?.spec ?? {}, 'spec.jobTemplate.spec'),
      ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
      ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
    ];
  },
  warnings: (draft, old) => [
    ...warningsOfJob(draft, old, draft.spec?.jobTemplate?.spec, 'spec.jobTemplate.spec'),
    ...(old === undefined ? [] : warnOfZone(draft.spec?.schedule ?? '')),
  ],
  validateCreate: ({ metadata: { name = '' } = {} }) =>
    name.length > nameMax ? [invalid('metadata.name', name, `must be no more than ${nameMax} characters`)] : [],
});

/** On an update alone, and of a field that is named so in Kubernetes. */
function warnOfZone(schedule: string): string[] {
  const documented = 'see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
  return schedule.includes('TZ') ? [`cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, ${documented}`] : [];
}

function suspendText({ spec: { suspend } }: CronJob): string {
  if (suspend === undefined) return '<unset>';
  return suspend ? 'True' : 'False';
}

function jobColumns(): Column<CronJob>[] {
  const containers = ({ spec }: CronJob) => spec.jobTemplate.spec?.template.spec?.containers ?? [];
  return [
    wide(
      textColumn('Containers', 'The containers of its pods.', (job) =>
        containers(job)
          .map(({ name }) => name)
          .join(','),
      ),
    ),
    wide(
      textColumn('Images', 'The images of its pods.', (job) =>
        containers(job)
          .map(({ image }) => image ?? '')
          .join(','),
      ),
    ),
    wide(textColumn('Selector', 'The labels of its pods.', () => '<none>')), // validation allows none
  ];
}

/** @param before the schedule that an update changes: one that names its zone itself may stay like that */
function validateSchedule(schedule: string, timeZone: string | undefined, before = ''): FieldError[] {
  const at = 'spec.schedule';
  const zone = /^(CRON_)?TZ=\S+\s+/.exec(schedule)?.[0] ?? '';
  const rest = schedule.slice(zone.length);
  const problem = scheduleProblem(rest);
  const errors = problem === undefined ? [] : [invalid(at, schedule, problem)];
  if (!schedule.includes('TZ')) return errors;
  const allowed = before.includes('TZ');
  if (allowed && timeZone === undefined) return errors;
  const why = allowed
    ? 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
    : 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  return [...errors, invalid(at, schedule, why)];
}

function validateTimeZone(zone: string | undefined): FieldError[] {
  if (zone === undefined) return [];
  const refuse = (why: string) => [invalid('spec.timeZone', zone, why)];
  if (zone === '') return refuse('timeZone must be nil or non-empty string');
  if (zone.toLowerCase() === 'local') {
    return refuse('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  }
  return isTimeZone(zone) ? [] : refuse(`unknown time zone ${zone}`);
}

/** Offsets such as +01:00 have rules in JavaScript, yet no names. */
function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function validateOwnSelector({ selector, manualSelector }: Draft<JobSpec>, at: string): FieldError[] {
  return [
    ...(selector === undefined ? [] : [invalid(`${at}.selector`, selector, '`selector` will be auto-generated')]),
    ...(manualSelector === true ? [notSupported(`${at}.manualSelector`, manualSelector, ['nil', 'false'])] : []),
  ];
}
