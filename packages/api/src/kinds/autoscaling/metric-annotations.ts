import type {
  V2HorizontalPodAutoscalerBehavior,
  V2HPAScalingRules,
  V2MetricSpec,
  V2MetricStatus,
} from '../../generated/types.js';
import { isRecord } from '../../json.js';
import type { Draft } from '../../objects.js';

/**
 * Version 1 of autoscaling knows the use of CPU alone: it carries everything else in annotations, in a form of their own,
 * so that who reads, changes and writes it loses nothing.
 */

type Json = Record<string, unknown>;

/** Members without a value are left out. */
function plain(members: Json): Json {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

export function metricToV1({ type, object, pods, resource, containerResource, external }: Draft<V2MetricSpec>): Json {
  const utilization = (target: Draft<V2MetricSpec['resource']>) => ({
    targetAverageUtilization: target?.target?.averageUtilization,
    targetAverageValue: target?.target?.averageValue,
  });
  return plain({
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric?.name,
      targetValue: object.target?.value ?? '0',
      ...plain({ selector: object.metric?.selector, averageValue: object.target?.averageValue }),
    },
    pods:
      pods &&
      plain({ metricName: pods.metric?.name, targetAverageValue: pods.target?.averageValue, selector: pods.metric?.selector }),
    resource: resource && plain({ name: resource.name, ...utilization(resource) }),
    containerResource:
      containerResource &&
      plain({ name: containerResource.name, ...utilization(containerResource), container: containerResource.container }),
    external:
      external &&
      plain({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        targetValue: external.target?.value,
        targetAverageValue: external.target?.averageValue,
      }),
  });
}

export function metricFromV1(metric: Json): Json {
  const { type, object, pods, resource, containerResource, external } = metric;
  const utilization = (source: Json) => {
    const { targetAverageUtilization: share, targetAverageValue: value } = source;
    return plain({ type: share == null ? 'AverageValue' : 'Utilization', averageUtilization: share, averageValue: value });
  };
  return plain({
    type,
    object: isRecord(object) ? objectFromV1(object) : undefined,
    pods: isRecord(pods)
      ? {
          metric: plain({ name: pods['metricName'], selector: pods['selector'] }),
          target: plain({ type: 'AverageValue', averageValue: pods['targetAverageValue'] }),
        }
      : undefined,
    resource: isRecord(resource) ? { name: resource['name'], target: utilization(resource) } : undefined,
    containerResource: isRecord(containerResource)
      ? { name: containerResource['name'], container: containerResource['container'], target: utilization(containerResource) }
      : undefined,
    external: isRecord(external) ? externalFromV1(external) : undefined,
  });
}

function objectFromV1({ target, metricName, targetValue, selector, averageValue }: Json): Json {
  return {
    describedObject: target,
    metric: plain({ name: metricName, selector }),
    target:
      averageValue == null
        ? plain({ type: 'Value', value: targetValue })
        : plain({ type: 'AverageValue', averageValue, ...(targetValue === '0' ? {} : { value: targetValue }) }),
  };
}

function externalFromV1({ metricName, metricSelector, targetValue, targetAverageValue }: Json): Json {
  return {
    metric: plain({ name: metricName, selector: metricSelector }),
    target: plain({
      type: targetAverageValue == null ? 'Value' : 'AverageValue',
      value: targetValue,
      averageValue: targetAverageValue,
    }),
  };
}

export function metricStatusToV1({ type, object, pods, resource, containerResource, external }: Draft<V2MetricStatus>): Json {
  const use = (source: Draft<V2MetricStatus['resource']>) => ({
    currentAverageUtilization: source?.current?.averageUtilization,
    currentAverageValue: source?.current?.averageValue,
  });
  return plain({
    type,
    object:
      object &&
      plain({
        target: object.describedObject,
        metricName: object.metric?.name,
        currentValue: object.current?.value ?? '0',
        selector: object.metric?.selector,
        averageValue: object.current?.averageValue,
      }),
    pods:
      pods &&
      plain({ metricName: pods.metric?.name, currentAverageValue: pods.current?.averageValue, selector: pods.metric?.selector }),
    resource: resource && plain({ name: resource.name, ...use(resource) }),
    containerResource:
      containerResource &&
      plain({ name: containerResource.name, ...use(containerResource), container: containerResource.container }),
    external:
      external &&
      plain({
        metricName: external.metric?.name,
        metricSelector: external.metric?.selector,
        currentValue: external.current?.value ?? '0',
        currentAverageValue: external.current?.averageValue,
      }),
  });
}

export function metricStatusFromV1({ type, object, pods, resource, containerResource, external }: Json): Json {
  const use = ({ currentAverageUtilization, currentAverageValue }: Json) =>
    plain({ averageUtilization: currentAverageUtilization, averageValue: currentAverageValue });
  return plain({
    type,
    object: isRecord(object)
      ? {
          describedObject: object['target'],
          metric: plain({ name: object['metricName'], selector: object['selector'] }),
          current: plain({ value: object['currentValue'], averageValue: object['averageValue'] }),
        }
      : undefined,
    pods: isRecord(pods)
      ? {
          metric: plain({ name: pods['metricName'], selector: pods['selector'] }),
          current: plain({ averageValue: pods['currentAverageValue'] }),
        }
      : undefined,
    resource: isRecord(resource) ? { name: resource['name'], current: use(resource) } : undefined,
    containerResource: isRecord(containerResource)
      ? { name: containerResource['name'], container: containerResource['container'], current: use(containerResource) }
      : undefined,
    external: isRecord(external)
      ? {
          metric: plain({ name: external['metricName'], selector: external['metricSelector'] }),
          current: plain({ value: external['currentValue'], averageValue: external['currentAverageValue'] }),
        }
      : undefined,
  });
}

/** Written as Go writes a struct without JSON names: its members begin with capitals, and absent ones are null. */
export function behaviorToV1({ scaleUp, scaleDown }: Draft<V2HorizontalPodAutoscalerBehavior>): Json {
  const rules = (from: Draft<V2HPAScalingRules> | undefined) =>
    from === undefined
      ? null
      : {
          StabilizationWindowSeconds: from.stabilizationWindowSeconds ?? null,
          SelectPolicy: from.selectPolicy ?? null,
          Policies:
            from.policies?.map(({ type, value, periodSeconds }) => ({
              Type: type,
              Value: value,
              PeriodSeconds: periodSeconds,
            })) ?? null,
          Tolerance: from.tolerance ?? null,
        };
  return { ScaleUp: rules(scaleUp), ScaleDown: rules(scaleDown) };
}

export function behaviorFromV1(behavior: unknown): unknown {
  if (Array.isArray(behavior)) return behavior.map(behaviorFromV1);
  if (!isRecord(behavior)) return behavior;
  return Object.fromEntries(
    Object.entries(behavior).map(([name, value]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, behaviorFromV1(value)]),
  );
}
