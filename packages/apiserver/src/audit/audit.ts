import type { Clock, Logger, Random } from '@flotilla/base';
import type { Metrics } from '@flotilla/process';
import { Counter } from 'prom-client';
import type { Exchange } from '../http/exchange.js';
import { AuditTrail } from './audit-trail.js';
import { type AuditEvent, legacyLine } from './event.js';
import type { AuditFlags } from './flags.js';
import { LogFile } from './log-file.js';
import { type AuditPolicy, decideAudit } from './policy.js';
import { readAuditPolicy } from './policy-file.js';
import { openWebhookSink } from './webhook-sink.js';

/** Records who did what. */
export interface Audit {
  /** For a request whose sender is known; undefined: the policy records nothing of it. */
  begin(exchange: Exchange): AuditTrail | undefined;
  /** What is recorded by now arrives where it is to go. */
  close(): Promise<void>;
}

/** Where events go. */
export interface AuditSink {
  write(event: AuditEvent): void;
  close(): Promise<void>;
}

export interface AuditTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Events that did not arrive, by what lost them. */
  lost(plugin: 'buffered' | 'log' | 'webhook', count: number, error: unknown): void;
}

const dayMs = 24 * 3_600_000;

/** What the flags say is recorded and where; undefined: nothing. @throws ConfigError */
export function openAudit(
  flags: AuditFlags,
  { clock, random, log, metrics }: Omit<AuditTools, 'lost'> & { readonly metrics: Metrics },
): Audit | undefined {
  const { auditPolicyFile, auditLogPath, auditWebhookConfigFile } = flags;
  if (auditLogPath === undefined && auditWebhookConfigFile === undefined) return undefined;
  if (auditPolicyFile === undefined) {
    log.warn({}, 'No audit policy file provided, no events will be recorded');
    return undefined;
  }
  const policy = readAuditPolicy(auditPolicyFile);
  const counted = auditMetrics(metrics);
  const tools: AuditTools = {
    ...{ clock, random, log },
    lost(plugin, count, error) {
      counted.errors.inc({ plugin }, count);
      log.error({ err: error, plugin, count }, 'audit events are lost');
    },
  };
  const sinks = [
    ...(auditLogPath === undefined ? [] : [openLogSink(auditLogPath, flags, tools)]),
    ...(auditWebhookConfigFile === undefined ? [] : [openWebhookSink(auditWebhookConfigFile, flags, tools)]),
  ];
  return auditOf(policy, clock, counted, sinks);
}

function openLogSink(path: string, flags: AuditFlags, { clock, lost }: AuditTools): AuditSink {
  const encode = flags.auditLogFormat === 'legacy' ? legacyLine : (event: AuditEvent) => JSON.stringify(event);
  const limits = {
    bytesMax: flags.auditLogMaxsize * 1024 * 1024,
    backupsMax: flags.auditLogMaxbackup,
    ageMaxMs: flags.auditLogMaxage * dayMs,
  };
  const file = path === '-' ? undefined : new LogFile({ path, ...limits, clock }, (error) => lost('log', 1, error));
  return {
    write: (event) => (file === undefined ? void process.stdout.write(`${encode(event)}\n`) : file.write(encode(event))),
    close: async () => file?.close(),
  };
}

function auditOf(
  policy: AuditPolicy,
  clock: Clock,
  counted: ReturnType<typeof auditMetrics>,
  sinks: readonly AuditSink[],
): Audit {
  return {
    begin(exchange) {
      const decision = decideAudit(policy, exchange.user, exchange.info);
      counted.levels.inc({ level: decision.level });
      if (decision.level === 'None') return undefined;
      const record = (event: AuditEvent) => {
        counted.events.inc();
        for (const sink of sinks) sink.write(event);
      };
      return new AuditTrail(exchange, decision, record, clock);
    },
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
    },
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
