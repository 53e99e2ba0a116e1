import { ageColumn, type Column, countColumn, nameColumn, sinceText, textColumn, wide } from '../../columns/column.js';
import { invalid, required } from '../../errors/field-error.js';
import type { CronJob } from '../../generated/types.js';
import { defaultPodTemplate } from '../../pods/default-pod-spec.js';
import { nonNegative, oneOf } from '../../validation/check.js';
import { define, statusOf } from '../define.js';
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
      ...textColumn<CronJob>('Suspend', 'Whether it is suspended.', ({ spec }) => (spec.suspend === true ? 'True' : 'False')),
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
    defaultPodTemplate(spec.jobTemplate?.spec?.template);
  },

  validate({ metadata, spec = {} }) {
    const { schedule = '', jobTemplate } = spec;
    const { name = '' } = metadata ?? {};
    return [
      ...(schedule === ''
        ? [required('spec.schedule')]
        : isSchedule(schedule)
          ? []
          : [invalid('spec.schedule', schedule, scheduleProblem(schedule))]),
      ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
      ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
      ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
      ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
      ...validateJobSpec(jobTemplate?.spec ?? {}, 'spec.jobTemplate.spec'),
      ...(name.length > nameMax ? [invalid('metadata.name', name, `must be no more than ${nameMax} characters`)] : []),
    ];
  },
});

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
    wide(textColumn('Selector', 'The labels of its pods.', () => '<none>')),
  ];
}

/** Five fields of cron, or one of its names for common schedules. */
function isSchedule(schedule: string): boolean {
  if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(schedule) || /^@every [0-9.hmsµu]+$/.test(schedule))
    return true;
  const fields = schedule.trim().split(/\s+/);
  return fields.length === 5 && fields.every((field) => /^[0-9A-Za-z*?,/-]+$/.test(field));
}

function scheduleProblem(schedule: string): string {
  const count = schedule.trim().split(/\s+/).length;
  return count === 5 ? `failed to parse schedule: ${schedule}` : `expected exactly 5 fields, found ${count}: [${schedule}]`;
}
