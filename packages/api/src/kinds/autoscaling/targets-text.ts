import type {
  V2HorizontalPodAutoscaler,
  V2MetricSpec,
  V2MetricStatus,
  V2MetricTarget,
  V2MetricValueStatus,
} from '../../generated/types.js';

const shownMax = 2;
const unknown = '<unknown>';

/** The status of a metric of any type; of one that was not measured yet there is none. */
type Measured = { readonly current?: V2MetricValueStatus } | undefined;

/** What is measured and what is aimed at, of the first two metrics: `cpu: 40%/80%, 3/10 (avg) + 1 more...` */
export function targetsText({ spec, status }: V2HorizontalPodAutoscaler): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, shownMax).map((metric, index) => metricText(metric, status?.currentMetrics?.[index]));
  const more = metrics.length > shownMax ? ` + ${metrics.length - shownMax} more...` : '';
  return `${shown.join(', ')}${more}`;
}

function metricText(spec: V2MetricSpec, status: V2MetricStatus | undefined): string {
  const { external, object, pods, resource, containerResource } = spec;
  switch (spec.type) {
    case 'External':
      return valueText(external?.target, status?.external);
    case 'Object':
      return valueText(object?.target, status?.object);
    case 'Pods':
      return `${averageOf(status?.pods)}/${amountText(pods?.target.averageValue)}`;
    case 'Resource':
      return `${resource?.name ?? ''}: ${shareText(resource?.target, status?.resource)}`;
    case 'ContainerResource':
      return `${containerResource?.name ?? ''}: ${shareText(containerResource?.target, status?.containerResource)}`;
    default:
      return '<unknown type>';
  }
}

function valueText(target: V2MetricTarget | undefined, status: Measured): string {
  if (target?.averageValue !== undefined) return `${status?.current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${status === undefined ? unknown : amountText(status.current?.value)}/${amountText(target?.value)}`;
}

function shareText(target: V2MetricTarget | undefined, status: Measured): string {
  if (target?.averageValue !== undefined) return `${averageOf(status)}/${target.averageValue}`;
  const percent = (share: number | undefined) => (share === undefined ? undefined : `${share}%`);
  return `${percent(status?.current?.averageUtilization) ?? unknown}/${percent(target?.averageUtilization) ?? '<auto>'}`;
}

function averageOf(status: Measured): string {
  return status === undefined ? unknown : amountText(status.current?.averageValue);
}

/** What Kubernetes prints of an amount that is not there, where it does not look first. */
function amountText(amount: string | undefined): string {
  return amount ?? '<nil>';
}
