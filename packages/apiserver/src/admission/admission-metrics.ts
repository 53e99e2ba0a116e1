import type { Metrics } from '@flotilla/process';
import { Counter } from 'prom-client';
import { Buckets, readHistogram } from '../http/buckets.js';

/** Kubernetes' words for the two phases: `admit` changes, `validate` judges. */
export type AdmissionPhase = 'admit' | 'validate';

/** What is counted of admission; all durations in seconds. */
export interface AdmissionMetrics {
  /** One plugin has looked at a request. */
  plugin(name: string, phase: AdmissionPhase, operation: string, seconds: number, rejected: boolean): void;
  /** All plugins of a phase have. */
  step(phase: AdmissionPhase, operation: string, seconds: number, rejected: boolean): void;
  /** A webhook has answered, or could not be asked. @param code of the answer to the client, as far as it is this webhook's to say */
  webhook(call: WebhookCall): void;
  /** A webhook could not be asked, and that did not matter. */
  failedOpen(name: string, phase: AdmissionPhase): void;
}

export interface WebhookCall {
  readonly name: string;
  readonly phase: AdmissionPhase;
  readonly operation: string;
  readonly seconds: number;
  readonly code: number;
  /** Why the request was refused; undefined: it was not. */
  readonly refusal: 'calling_webhook_error' | 'apiserver_internal_error' | 'no_error' | undefined;
}

const secondsBuckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5];
const webhookSecondsBuckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];

type Labels = Readonly<Record<string, string>>;

/** Series by their labels, found by a text of them: no label is sorted while a request waits. */
class SeriesOf {
  readonly all = new Map<string, { readonly labels: Labels; readonly seconds: Buckets }>();
  readonly #buckets: readonly number[];

  constructor(buckets: readonly number[]) {
    this.#buckets = buckets;
  }

  observe(seconds: number, name: string, type: string, operation: string, rejected: boolean): void {
    const key = `${name} ${type} ${operation} ${rejected}`;
    let series = this.all.get(key);
    if (series === undefined) {
      const labels = { ...(name === '' ? {} : { name }), type, operation, rejected: String(rejected) };
      series = { labels, seconds: new Buckets(this.#buckets) };
      this.all.set(key, series);
    }
    series.seconds.observe(seconds);
  }

  *read(): Iterable<readonly [Labels, Buckets]> {
    for (const { labels, seconds } of this.all.values()) yield [labels, seconds];
  }
}

/** Registers them under Kubernetes' names. */
export function admissionMetrics({ registry }: Metrics): AdmissionMetrics {
  const [plugins, steps] = [new SeriesOf(secondsBuckets), new SeriesOf(secondsBuckets)];
  const webhooks = new SeriesOf(webhookSecondsBuckets);
  const histogram = (what: string, help: string, buckets: readonly number[], series: SeriesOf) =>
    readHistogram({ name: `apiserver_admission_${what}_admission_duration_seconds`, help, buckets, registry }, () =>
      series.read(),
    );
  const told = 'identified by name and broken out for each operation and API resource and type (validate or admit).';
  histogram('controller', `Admission controller latency histogram in seconds, ${told}`, secondsBuckets, plugins);
  const step =
    'Admission sub-step latency histogram in seconds, broken out for each operation and API resource and step type (validate or admit).';
  histogram('step', step, secondsBuckets, steps);
  histogram('webhook', `Admission webhook latency histogram in seconds, ${told}`, webhookSecondsBuckets, webhooks);
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name: `apiserver_admission_webhook_${name}`, help, labelNames: [...labelNames], registers: [registry] });
  const requests = counter(
    'request_total',
    'Admission webhook request total, identified by name and broken out for each admission type (validating or mutating) and operation.',
    ['name', 'type', 'operation', 'code', 'rejected'],
  );
  const rejections = counter(
    'rejection_count',
    'Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation.',
    ['name', 'type', 'operation', 'error_type', 'rejection_code'],
  );
  const failedOpen = counter(
    'fail_open_count',
    'Admission webhook fail open count, identified by name and broken out for each admission type (validating or mutating).',
    ['name', 'type'],
  );
  return {
    plugin: (name, phase, operation, seconds, rejected) => plugins.observe(seconds, name, phase, operation, rejected),
    step: (phase, operation, seconds, rejected) => steps.observe(seconds, '', phase, operation, rejected),
    webhook({ name, phase, operation, seconds, code, refusal }) {
      const type = webhookTypes[phase];
      const rejected = refusal !== undefined;
      webhooks.observe(seconds, name, type, operation, rejected);
      requests.inc({ name, type, operation, code: String(code), rejected: String(rejected) });
      if (refusal === undefined) return;
      // A webhook that could not be asked has said no code.
      const rejectionCode = refusal === 'no_error' ? Math.min(code, 600) : 0;
      rejections.inc({ name, type, operation, error_type: refusal, rejection_code: String(rejectionCode) });
    },
    failedOpen: (name, phase) => failedOpen.inc({ name, type: webhookTypes[phase] }),
  };
}

/** What webhooks' metrics call the phases. */
const webhookTypes = { admit: 'admit', validate: 'validating' } as const;
