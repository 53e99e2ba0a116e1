import { booleanFlag, ConfigError, durationFlag, integerFlag } from '@flotilla/process';
import { type Command, InvalidArgumentError } from 'commander';

type BackendFlags<Prefix extends string> = Readonly<
  Record<`${Prefix}Mode` | `${Prefix}Version`, string> &
    Record<`${Prefix}BatchThrottleEnable` | `${Prefix}TruncateEnabled`, boolean> &
    // Milliseconds, where it is a time; bytes, where something is truncated.
    Record<`${Prefix}Batch${'BufferSize' | 'MaxSize' | 'MaxWait' | 'ThrottleQps' | 'ThrottleBurst'}`, number> &
    Record<`${Prefix}TruncateMax${'BatchSize' | 'EventSize'}`, number>
>;

export interface AuditFlags extends BackendFlags<'auditLog'>, BackendFlags<'auditWebhook'> {
  readonly auditPolicyFile?: string;
  /** `-`: standard output. */
  readonly auditLogPath?: string;
  readonly auditLogFormat: string;
  /** Days. */
  readonly auditLogMaxage: number;
  readonly auditLogMaxbackup: number;
  /** Megabytes. */
  readonly auditLogMaxsize: number;
  readonly auditLogCompress: boolean;
  readonly auditWebhookConfigFile?: string;
  /** Milliseconds. */
  readonly auditWebhookInitialBackoff: number;
}

/** How the events of one backend come to it: the same flags for each. */
export interface BackendOptions {
  readonly mode: 'batch' | 'blocking' | 'blocking-strict';
  readonly batch: {
    readonly bufferSize: number;
    readonly maxSize: number;
    readonly maxWaitMs: number;
    readonly throttleEnabled: boolean;
    readonly throttleQps: number;
    readonly throttleBurst: number;
  };
  readonly truncate: { readonly enabled: boolean; readonly eventBytesMax: number };
}

/** Kubernetes' defaults: a webhook takes many events at a time, a file none faster for being given many. */
const defaults = {
  log: { mode: 'blocking', maxSize: 1, maxWait: '0s', throttle: false, qps: 0, burst: 0 },
  webhook: { mode: 'batch', maxSize: 400, maxWait: '30s', throttle: true, qps: 10, burst: 15 },
} as const;

export function addAuditFlags(command: Command): void {
  command
    .option('--audit-policy-file <file>', 'what is recorded of requests; without it nothing is')
    .option('--audit-log-path <file>', 'where it is recorded; -: standard output')
    .option('--audit-log-format <format>', 'json or legacy', 'json')
    .option('--audit-webhook-config-file <file>', 'kubeconfig of whom the events are sent to');
  integerFlag(command, 'audit-log-maxage', 'days that old audit files are kept; 0: for ever', 0, { min: 0 });
  integerFlag(command, 'audit-log-maxbackup', 'old audit files that are kept; 0: all', 0, { min: 0 });
  integerFlag(command, 'audit-log-maxsize', 'megabytes after which an audit file is set aside; 0: 100', 0, { min: 0 });
  booleanFlag(command, 'audit-log-compress', 'compress audit files that are set aside', false);
  addBackendFlags(command, 'log');
  addBackendFlags(command, 'webhook');
  durationFlag(command, 'audit-webhook-initial-backoff', 'how long after a failure events are sent again', '10s');
}

function addBackendFlags(command: Command, backend: 'log' | 'webhook'): void {
  const { mode, maxSize, maxWait, throttle, qps, burst } = defaults[backend];
  const name = `audit-${backend}`;
  const batch = `${name}-batch`;
  const truncate = `${name}-truncate`;
  command
    .option(`--${name}-mode <mode>`, 'who waits for events to be recorded: batch, blocking or blocking-strict', mode)
    .option(`--${name}-version <version>`, 'of the events', 'audit.k8s.io/v1')
    .option(`--${batch}-throttle-qps <number>`, 'batches a second', parseNumber, qps);
  integerFlag(command, `${batch}-buffer-size`, 'events that wait in mode batch; more are lost', 10_000);
  integerFlag(command, `${batch}-max-size`, 'events that go at a time', maxSize);
  durationFlag(command, `${batch}-max-wait`, 'how long events wait for others to go with', maxWait);
  booleanFlag(command, `${batch}-throttle-enable`, 'let no more batches go than the next two flags say', throttle);
  integerFlag(command, `${batch}-throttle-burst`, 'batches at once', burst);
  booleanFlag(command, `${truncate}-enabled`, 'record no larger events than the next two flags say', false);
  integerFlag(command, `${truncate}-max-event-size`, 'bytes above which an event loses the objects in it', 100 * 1024);
  integerFlag(command, `${truncate}-max-batch-size`, 'bytes of events that go at a time', 10 * 1024 * 1024);
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || Number.isNaN(number)) throw new InvalidArgumentError('It has to be a number.');
  return number;
}

const modes: readonly string[] = ['batch', 'blocking', 'blocking-strict'];

/** @throws ConfigError, with Kubernetes' text, for flags of a backend that is there */
export function checkAuditFlags(flags: AuditFlags): void {
  const { auditLogPath = '', auditWebhookConfigFile = '', auditLogFormat } = flags;
  if (auditLogPath !== '') {
    checkBackend(flags, 'log', 'auditLog');
    if (auditLogFormat !== 'json' && auditLogFormat !== 'legacy') {
      throw new ConfigError(`invalid audit log format ${auditLogFormat}, allowed formats are "legacy,json"`);
    }
  }
  if (auditWebhookConfigFile !== '') checkBackend(flags, 'webhook', 'auditWebhook');
}

type Prefix = 'auditLog' | 'auditWebhook';

function checkBackend(flags: AuditFlags, name: string, prefix: Prefix): void {
  const mode = flags[`${prefix}Mode`];
  if (!modes.includes(mode)) {
    throw new ConfigError(`invalid audit ${name} mode ${mode}, allowed modes are "${modes.join()}"`);
  }
  if (mode === 'batch') checkBatch(flags, name, prefix);
  const [eventSize, batchSize] = [flags[`${prefix}TruncateMaxEventSize`], flags[`${prefix}TruncateMaxBatchSize`]];
  checkPositive(`audit truncate ${name} max event size`, eventSize);
  if (batchSize < eventSize) {
    const why = `must be greater than max event size (${eventSize})`;
    throw new ConfigError(`invalid audit truncate ${name} max batch size ${batchSize}, ${why}`);
  }
  if (flags[`${prefix}Version`] !== 'audit.k8s.io/v1') {
    throw new ConfigError('invalid group version, allowed versions are ["audit.k8s.io/v1"]');
  }
}

function checkBatch(flags: AuditFlags, name: string, prefix: Prefix): void {
  checkPositive(`audit batch ${name} buffer size`, flags[`${prefix}BatchBufferSize`]);
  checkPositive(`audit batch ${name} max batch size`, flags[`${prefix}BatchMaxSize`]);
  if (!flags[`${prefix}BatchThrottleEnable`]) return;
  checkPositive(`audit batch ${name} throttle QPS`, flags[`${prefix}BatchThrottleQps`]);
  checkPositive(`audit batch ${name} throttle burst`, flags[`${prefix}BatchThrottleBurst`]);
}

function checkPositive(what: string, value: number): void {
  if (value <= 0) throw new ConfigError(`invalid ${what} ${value}, must be a positive number`);
}

export function backendOptions(flags: AuditFlags, prefix: Prefix): BackendOptions {
  return {
    mode: flags[`${prefix}Mode`] as BackendOptions['mode'], // checkAuditFlags has made sure
    batch: {
      bufferSize: flags[`${prefix}BatchBufferSize`],
      maxSize: flags[`${prefix}BatchMaxSize`],
      maxWaitMs: flags[`${prefix}BatchMaxWait`],
      throttleEnabled: flags[`${prefix}BatchThrottleEnable`],
      throttleQps: flags[`${prefix}BatchThrottleQps`],
      throttleBurst: flags[`${prefix}BatchThrottleBurst`],
    },
    // No batch is ever split: each event is measured before it waits for others, as in Kubernetes.
    truncate: { enabled: flags[`${prefix}TruncateEnabled`], eventBytesMax: flags[`${prefix}TruncateMaxEventSize`] },
  };
}
