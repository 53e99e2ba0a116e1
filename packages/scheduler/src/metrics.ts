import type { Metrics } from '@flotilla/process';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { SchedulingQueue } from './queue/scheduling-queue.js';

/** Kubernetes' names, so that its dashboards work. */
export class SchedulerMetrics {
  readonly #attempts: Counter;
  readonly #durations: Histogram;
  #queue: SchedulingQueue | undefined;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.#attempts = new Counter({
      name: 'scheduler_schedule_attempts_total',
      help: "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
      labelNames: ['result', 'profile'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'scheduler_scheduling_attempt_duration_seconds',
      help: 'Scheduling attempt latency in seconds (scheduling algorithm + binding)',
      labelNames: ['result', 'profile'],
      buckets: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192],
      registers,
    });
    const queue = () => this.#queue;
    new Gauge({
      name: 'scheduler_pending_pods',
      help: "Number of pending pods, by the queue type: 'active', 'backoff', 'unschedulable' or 'gated'.",
      labelNames: ['queue'],
      registers,
      collect() {
        for (const [name, size] of Object.entries(queue()?.sizes ?? {})) this.set({ queue: name }, size);
      },
    });
  }

  watch(queue: SchedulingQueue): void {
    this.#queue = queue;
  }

  attempted(result: string, seconds: number): void {
    const labels = { result, profile: 'default-scheduler' };
    this.#attempts.inc(labels);
    this.#durations.observe(labels, seconds);
  }
}
