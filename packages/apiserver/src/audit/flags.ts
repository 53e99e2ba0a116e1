import { ConfigError, integerFlag } from '@flotilla/process';
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
}

export function addAuditFlags(command: Command): void {
  command
    .option('--audit-policy-file <file>', 'what is recorded of requests; without it nothing is')
    .option('--audit-log-path <file>', 'where it is recorded; -: standard output')
    .option('--audit-log-format <format>', 'json or legacy', 'json');
  integerFlag(command, 'audit-log-maxage', 'days that old audit files are kept; 0: for ever', 0, { min: 0 });
  integerFlag(command, 'audit-log-maxbackup', 'old audit files that are kept; 0: all', 0, { min: 0 });
  integerFlag(command, 'audit-log-maxsize', 'megabytes after which an audit file is set aside; 0: 100', 0, { min: 0 });
}

export function checkAuditFlags({ auditLogFormat }: AuditFlags): void {
  if (auditLogFormat !== 'json' && auditLogFormat !== 'legacy') {
    throw new ConfigError(`invalid audit log format ${auditLogFormat}, allowed formats are "json,legacy"`);
  }
}
