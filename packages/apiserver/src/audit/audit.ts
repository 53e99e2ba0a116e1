import type { Clock, Logger, Random } from '@flotilla/base';
import type { Metrics } from '@flotilla/process';
import { Counter } from 'prom-client';
import type { Exchange } from '../http/exchange.js';
import { AuditTrail } from './audit-trail.js';
import { openSink } from './backend.js';
import type { AuditEvent } from './event.js';
import { type AuditFlags, backendOptions } from './flags.js';
import { openLogBackend } from './log-backend.js';
import { type AuditPolicy, decideAudit } from './policy.js';
import { readAuditPolicy } from './policy-file.js';
import { openWebhookBackend } from './webhook-backend.js';

/** Records who did what. */
export interface Audit {
  /** For a request whose sender is known; undefined: the policy records nothing of it. */
  begin(exchange: Exchange): AuditTrail | undefined;
  /** A request is refused, because it cannot be recorded. */
  rejected(): void;
  /** What is recorded by now arrives where it is to go. */
  close(): Promise<void>;
}

/** Where events go. */
export interface AuditSink {
  /** @returns whether the request may go on, as far as it has to wait for that */
  write(event: AuditEvent): boolean | Promise<boolean>;
  close(): Promise<void>;
}

export interface AuditTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Events that did not arrive, by what lost them; none, when something else went wrong. */
  lost(plugin: 'buffered' | 'log' | 'truncate' | 'webhook', count: number, error: unknown): void;
}

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
      log.error({ err: error, plugin, count }, 'error in audit plugin');
    },
  };
  const sinks = [
    ...(auditLogPath === undefined
      ? []
      : [openSink(openLogBackend(auditLogPath, flags, tools), backendOptions(flags, 'auditLog'), tools)]),
    ...(auditWebhookConfigFile === undefined
      ? []
      : [openSink(openWebhookBackend(auditWebhookConfigFile, flags, tools), backendOptions(flags, 'auditWebhook'), tools)]),
  ];
  return auditOf(policy, clock, counted, sinks);
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
        return allOf(sinks.map((sink) => sink.write(event)));
      };
      return new AuditTrail(exchange, decision, record, clock);
    },
    rejected: () => counted.rejected.inc(),
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}

function allOf(written: readonly (boolean | Promise<boolean>)[]): boolean | Promise<boolean> {
  if (written.some((one) => one instanceof Promise)) return Promise.all(written).then((all) => all.every(Boolean));
  return written.every(Boolean);
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
    rejected: new Counter({
      name: 'apiserver_audit_requests_rejected_total',
      help: 'Counter of apiserver requests rejected due to an error in audit logging backend.',
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
