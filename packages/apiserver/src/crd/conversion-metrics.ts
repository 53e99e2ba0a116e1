import type { Metrics } from '@flotilla/process';
import { Counter, Histogram } from 'prom-client';

/** Kubernetes' words for what was wrong with a webhook's answer. */
export type ConversionFailure =
  | 'conversion_webhook_call_failure'
  | 'conversion_webhook_malformed_response_failure'
  | 'conversion_webhook_partial_response_failure'
  | 'conversion_webhook_invalid_converted_object_failure';

interface Conversion {
  /** Of the definition. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  /** Undefined: there was none. */
  readonly failure: ConversionFailure | undefined;
}

export type CountConversion = (conversion: Conversion) => void;

const requestSeconds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 45, 60];
const conversionSeconds = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);

/** Registers them under Kubernetes' names. */
export function conversionMetrics({ registry }: Metrics): CountConversion {
  const registers = [registry];
  const requests = new Counter({
    name: 'apiserver_conversion_webhook_request_total',
    help: 'Counter for conversion webhook requests with success/failure and failure error type',
    labelNames: ['result', 'failure_type'],
    registers,
  });
  const latencies = new Histogram({
    name: 'apiserver_conversion_webhook_duration_seconds',
    help: 'Conversion webhook request latency',
    labelNames: ['result', 'failure_type'],
    buckets: requestSeconds,
    registers,
  });
  const durations = new Histogram({
    name: 'apiserver_crd_conversion_webhook_duration_seconds',
    help: 'CRD webhook conversion duration in seconds',
    labelNames: ['crd_name', 'from_version', 'to_version', 'succeeded'],
    buckets: conversionSeconds,
    registers,
  });
  return ({ name, from, to, seconds, failure }) => {
    const result = { result: failure === undefined ? 'success' : 'failure', failure_type: failure ?? '' };
    requests.inc(result);
    latencies.observe(result, seconds);
    const succeeded = String(failure === undefined);
    durations.observe({ crd_name: name, from_version: from, to_version: to, succeeded }, seconds);
  };
}
