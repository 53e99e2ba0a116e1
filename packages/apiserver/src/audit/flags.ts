import { booleanFlag, ConfigError, durationFlag, integerFlag } from '@flotilla/process';
import type { Command } from 'commander';

export interface AuditFlags {
  readonly auditPolicyFile?: string;
  /** `-`: standard output. */
  readonly auditLogPath?: string;
  readonly auditLogFormat: string;
  /** Days. */
  readonly auditLogMaxage: number;
  readonly auditLogMaxbackup: number;
  /** Megabytes. */
  readonly auditLogMaxsize: number;
  readonly auditWebhookConfigFile?: string;
  readonly auditWebhookMode: string;
  readonly auditWebhookBatchBufferSize: number;
  readonly auditWebhookBatchMaxSize: number;
  /** Milliseconds, as the next one. */
  readonly auditWebhookBatchMaxWait: number;
  readonly auditWebhookInitialBackoff: number;
  readonly auditWebhookBatchThrottleEnable: boolean;
  readonly auditWebhookBatchThrottleQps: number;
  readonly auditWebhookBatchThrottleBurst: number;
}

export function addAuditFlags(command: Command): void {
  command
    .option('--audit-policy-file <file>', 'what is recorded of requests; without it nothing is')
    .option('--audit-log-path <file>', 'where it is recorded; -: standard output')
    .option('--audit-log-format <format>', 'json or legacy', 'json')
    .option('--audit-webhook-config-file <file>', 'kubeconfig of whom the events are sent to')
    .option('--audit-webhook-mode <mode>', 'how they are sent: batch', 'batch');
  integerFlag(command, 'audit-log-maxage', 'days that old audit files are kept; 0: for ever', 0, { min: 0 });
  integerFlag(command, 'audit-log-maxbackup', 'old audit files that are kept; 0: all', 0, { min: 0 });
  integerFlag(command, 'audit-log-maxsize', 'megabytes after which an audit file is set aside; 0: 100', 0, { min: 0 });
  const positive = { min: 1 };
  const batch = 'audit-webhook-batch';
  integerFlag(command, `${batch}-buffer-size`, 'events that wait to be sent; more are lost', 10_000, positive);
  integerFlag(command, `${batch}-max-size`, 'events that are sent at a time', 400, positive);
  durationFlag(command, `${batch}-max-wait`, 'how long events wait for others to be sent with', '30s');
  booleanFlag(command, `${batch}-throttle-enable`, 'send no more batches than the next two flags say', true);
  integerFlag(command, `${batch}-throttle-qps`, 'batches a second', 10, positive);
  integerFlag(command, `${batch}-throttle-burst`, 'batches at once', 15, positive);
  durationFlag(command, 'audit-webhook-initial-backoff', 'how long after a failure they are sent again', '10s');
}

export function checkAuditFlags({ auditLogFormat, auditWebhookMode }: AuditFlags): void {
  if (auditLogFormat !== 'json' && auditLogFormat !== 'legacy') {
    throw new ConfigError(`invalid audit log format ${auditLogFormat}, allowed formats are "json,legacy"`);
  }
  if (auditWebhookMode !== 'batch') {
    throw new ConfigError(`invalid audit webhook mode ${auditWebhookMode}, allowed modes are "batch"`);
  }
}
