import type { Metrics } from '@flotilla/process';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { FlowControl, Flows } from './flow-control.js';
import type { PriorityLevel } from './priority-level.js';

const waitSecondsBuckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

const labelsOf = ({ schema, level }: Flows) => ({
  flow_schema: schema.metadata.name ?? '',
  priority_level: level.config.metadata.name ?? '',
});

/** Under Kubernetes' names. They are read when somebody asks, so that counting costs a request an addition. Waits are those of requests that had to. */
export function flowControlMetrics(metrics: Metrics, control: FlowControl): void {
  const registers = [metrics.registry];
  const labelNames = ['flow_schema', 'priority_level'];
  new Counter({
    name: 'apiserver_flowcontrol_dispatched_requests_total',
    help: 'Number of requests executed by API Priority and Fairness subsystem.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const flows of control.flows) this.inc(labelsOf(flows), flows.dispatched);
    },
  });
  new Counter({
    name: 'apiserver_flowcontrol_rejected_requests_total',
    help: 'Number of requests rejected by API Priority and Fairness subsystem.',
    labelNames: [...labelNames, 'reason'],
    registers,
    collect() {
      this.reset();
      for (const flows of control.flows) {
        for (const [reason, count] of flows.rejected) this.inc({ ...labelsOf(flows), reason }, count);
      }
    },
  });
  const ofFlows = (name: string, help: string, read: (flows: Flows) => number) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const flows of control.flows) this.set(labelsOf(flows), read(flows));
      },
    });
  ofFlows(
    'apiserver_flowcontrol_current_inqueue_requests',
    'Number of requests currently pending in queues.',
    (flows) => flows.inQueue,
  );
  ofFlows(
    'apiserver_flowcontrol_current_executing_requests',
    'Number of requests in execution stage.',
    (flows) => flows.executing,
  );
  levelMetrics(metrics, control);
  const waits = new Histogram({
    name: 'apiserver_flowcontrol_request_wait_duration_seconds',
    help: 'Length of time a request spent waiting in its queue.',
    labelNames: [...labelNames, 'execute'],
    buckets: waitSecondsBuckets,
    registers,
  });
  control.onWaited = (flows, seconds, executed) => waits.observe({ ...labelsOf(flows), execute: String(executed) }, seconds);
}

function levelMetrics(metrics: Metrics, control: FlowControl): void {
  const gauges: readonly (readonly [string, string, (level: PriorityLevel) => number])[] = [
    [
      'nominal_limit_seats',
      'Nominal number of execution seats configured for each priority level.',
      ({ bounds }) => bounds.nominal,
    ],
    [
      'lower_limit_seats',
      'Configured lower bound on number of execution seats available to each priority level.',
      ({ bounds }) => bounds.min,
    ],
    [
      'upper_limit_seats',
      'Configured upper bound on number of execution seats available to each priority level.',
      ({ bounds }) => bounds.max,
    ],
    ['current_limit_seats', 'current derived number of execution seats available to each priority level.', ({ limit }) => limit],
    [
      'current_executing_seats',
      'Concurrency (number of seats) occupied by the currently executing requests.',
      ({ executing }) => executing,
    ],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name: `apiserver_flowcontrol_${name}`,
      help,
      labelNames: ['priority_level'],
      registers: [metrics.registry],
      collect() {
        this.reset();
        for (const level of control.levels) this.set({ priority_level: level.config.metadata.name ?? '' }, read(level));
      },
    });
  }
}
