import { ageColumn, ageText, type Cell, nameColumn, textColumn } from '../../columns/column.js';
import { selectorColumn, templateColumns } from '../../columns/pod-template.js';
import type { Job } from '../../generated/types.js';
import { warningsOfJob } from '../../warnings/workload-warnings.js';
import { define, statusOf } from '../define.js';
import { validateJobStatusUpdate } from './job-status-validation.js';
import { defaultJob, prepareJob } from './job-strategy.js';
import { validateJob, validateJobUpdate } from './job-validation.js';

export const jobs = define<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  namespaced: true,
  generation: true,
  subresources: [statusOf('batch', 'v1', 'Job')],
  columns: [
    nameColumn,
    textColumn('Status', 'Whether the job runs, and how it ended.', statusText),
    textColumn('Completions', 'How many of its pods have succeeded, of how many.', completionsText),
    textColumn('Duration', 'How long it has run, or ran.', durationText),
    ageColumn,
    ...templateColumns<Job>(),
    selectorColumn<Job>(),
  ],
  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },

  defaults: defaultJob,
  prepareForCreate: prepareJob,
  validate: validateJob,
  warnings: (job, old) => warningsOfJob(job, old, job.spec),
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatusUpdate,
});

function statusText({ metadata, status }: Job): Cell {
  const holds = (type: string) => status?.conditions?.some((condition) => condition.type === type && condition.status === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  return holds('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completionsText({ spec, status }: Job): Cell {
  const succeeded = status?.succeeded ?? 0;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  return (spec.parallelism ?? 0) > 1 ? `${succeeded}/1 of ${spec.parallelism}` : `${succeeded}/1`;
}

function durationText({ status }: Job, nowMs: number): Cell {
  if (status?.startTime === undefined) return '';
  const endMs = status.completionTime === undefined ? nowMs : Date.parse(status.completionTime);
  return ageText(endMs - Date.parse(status.startTime));
}
