import type { Clock, Logger } from '@flotilla/base';
import type { Metrics } from '@flotilla/process';
import { Counter } from 'prom-client';
import type { Exchange } from '../http/exchange.js';
import { AuditTrail } from './audit-trail.js';
import { type AuditEvent, legacyLine } from './event.js';
import type { AuditFlags } from './flags.js';
import { LogFile } from './log-file.js';
import { type AuditPolicy, decideAudit } from './policy.js';
import { readAuditPolicy } from './policy-file.js';

/** Records who did what. */
export interface Audit {
  /** For a request whose sender is known; undefined: the policy records nothing of it. */
  begin(exchange: Exchange): AuditTrail | undefined;
  close(): void;
}

interface Tools {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

const dayMs = 24 * 3_600_000;

/** What the flags say is recorded and where; undefined: nothing. @throws ConfigError */
export function openAudit(flags: AuditFlags, { clock, log, metrics }: Tools): Audit | undefined {
  const { auditPolicyFile, auditLogPath: path } = flags;
  if (auditPolicyFile === undefined || path === undefined) return undefined;
  const policy = readAuditPolicy(auditPolicyFile);
  const counted = auditMetrics(metrics);
  const encode = flags.auditLogFormat === 'legacy' ? legacyLine : (event: AuditEvent) => JSON.stringify(event);
  const limits = {
    bytesMax: flags.auditLogMaxsize * 1024 * 1024,
    backupsMax: flags.auditLogMaxbackup,
    ageMaxMs: flags.auditLogMaxage * dayMs,
  };
  const failed = (error: unknown) => {
    counted.errors.inc({ plugin: 'log' });
    log.error({ err: error, path }, 'audit events are lost');
  };
  const file = path === '-' ? undefined : new LogFile({ path, ...limits, clock }, failed);
  const write = (line: string) => (file === undefined ? void process.stdout.write(`${line}\n`) : file.write(line));
  return auditOf(
    policy,
    clock,
    counted,
    (event) => write(encode(event)),
    () => file?.close(),
  );
}

function auditOf(
  policy: AuditPolicy,
  clock: Clock,
  counted: ReturnType<typeof auditMetrics>,
  sink: (event: AuditEvent) => void,
  close: () => void,
): Audit {
  return {
    begin(exchange) {
      const decision = decideAudit(policy, exchange.user, exchange.info);
      counted.levels.inc({ level: decision.level });
      if (decision.level === 'None') return undefined;
      const record = (event: AuditEvent) => {
        counted.events.inc();
        sink(event);
      };
      return new AuditTrail(exchange, decision, record, clock);
    },
    close,
  };
}

function auditMetrics(metrics: Metrics) {
  const registers = [metrics.registry];
  return {
    events: new Counter({
      name: 'apiserver_audit_event_total',
      help: 'Counter of audit events generated and sent to the audit backend.',
      registers,
    }),
    levels: new Counter({
      name: 'apiserver_audit_level_total',
      help: 'Counter of policy levels for audit events (1 per request).',
      labelNames: ['level'],
      registers,
    }),
    errors: new Counter({
      name: 'apiserver_audit_error_total',
      help: 'Counter of audit events that failed to be audited properly.',
      labelNames: ['plugin'],
      registers,
    }),
  };
}
