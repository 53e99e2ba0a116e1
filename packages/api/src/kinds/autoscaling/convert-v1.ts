import { errorMessage } from '@flotilla/base';
import { statusErrors } from '../../errors/status-error.js';
import type { HorizontalPodAutoscaler, V2HorizontalPodAutoscaler, V2MetricSpec } from '../../generated/types.js';
import { isRecord } from '../../json.js';
import type { Draft } from '../../objects.js';
import { decodeModel } from '../../schema/decode.js';
import {
  behaviorFromV1,
  behaviorToV1,
  metricFromV1,
  metricStatusFromV1,
  metricStatusToV1,
  metricToV1,
} from './metric-annotations.js';

const prefix = 'autoscaling.alpha.kubernetes.io/';
const annotationNames = ['metrics', 'current-metrics', 'conditions', 'behavior'] as const;
type AnnotationName = (typeof annotationNames)[number];

/** What nobody chose: four fifths of the CPU that the pods ask for. */
const cpuUtilization = 80;

function cpuMetric(averageUtilization: number): Draft<V2MetricSpec> {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

export const defaultMetrics = (): Draft<V2MetricSpec>[] => [cpuMetric(cpuUtilization)];

function isCpuShare({ type, resource }: Draft<V2MetricSpec>): boolean {
  return type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;
}

/** An autoscaler of version 2, told in the words of version 1 and its annotations. */
export function toV1({
  metadata = {},
  spec = {},
  status = {},
}: Draft<V2HorizontalPodAutoscaler>): Draft<HorizontalPodAutoscaler> {
  const { metrics = [], behavior, minReplicas, maxReplicas, scaleTargetRef } = spec;
  const { currentMetrics = [], conditions = [], ...counts } = status;
  const share = metrics.find(isCpuShare)?.resource?.target?.averageUtilization;
  const used = currentMetrics.find(({ type, resource }) => type === 'Resource' && resource?.name === 'cpu');
  const others = metrics.filter((metric) => !isCpuShare(metric)).map(metricToV1);
  const told: Partial<Record<AnnotationName, unknown>> = {
    ...(others.length > 0 ? { metrics: others } : {}),
    ...(currentMetrics.length > 0 ? { 'current-metrics': currentMetrics.map(metricStatusToV1) } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(behavior === undefined ? {} : { behavior: behaviorToV1(behavior) }),
  };
  const annotations = { ...withoutOurs(metadata.annotations), ...annotationsOf(told) };
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: withAnnotations(metadata, annotations),
    spec: defined({ scaleTargetRef, minReplicas, maxReplicas, targetCPUUtilizationPercentage: share }),
    status: defined({
      currentReplicas: 0,
      desiredReplicas: 0,
      ...counts,
      currentCPUUtilizationPercentage: used?.resource?.current?.averageUtilization,
    }),
  };
}

/** @throws StatusError BadRequest when an annotation is not what version 1 writes there */
export function fromV1({
  metadata = {},
  spec = {},
  status = {},
}: Draft<HorizontalPodAutoscaler>): Draft<V2HorizontalPodAutoscaler> {
  const { annotations = {} } = metadata;
  const { targetCPUUtilizationPercentage: share, ...targets } = spec;
  const { currentCPUUtilizationPercentage: used, ...counts } = status;
  const told = (name: AnnotationName): unknown => parse(annotations, name);
  const metrics = [...(share === undefined ? [] : [cpuMetric(share)]), ...listOf(told('metrics')).map(metricFromV1)];
  const cpu = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: used } } };
  const currentMetrics = annotations[`${prefix}current-metrics`] === undefined && used !== undefined ? [cpu] : undefined;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: withAnnotations(metadata, withoutOurs(annotations)),
    spec: checked('V2HorizontalPodAutoscalerSpec', {
      ...targets,
      metrics: metrics.length > 0 ? metrics : defaultMetrics(),
      behavior: behaviorFromV1(told('behavior')),
    }),
    status: checked('V2HorizontalPodAutoscalerStatus', {
      ...counts,
      currentMetrics: currentMetrics ?? absentIfEmpty(listOf(told('current-metrics')).map(metricStatusFromV1)),
      conditions: absentIfEmpty(listOf(told('conditions'))),
    }),
  };
}

type Annotations = Record<string, string | undefined>;

function annotationsOf(told: Partial<Record<AnnotationName, unknown>>): Annotations {
  return Object.fromEntries(Object.entries(told).map(([name, value]) => [`${prefix}${name}`, JSON.stringify(value)]));
}

function withoutOurs(annotations: Annotations = {}): Annotations {
  const ours = new Set<string>(annotationNames.map((name) => `${prefix}${name}`));
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !ours.has(name)));
}

function withAnnotations(metadata: NonNullable<Draft<HorizontalPodAutoscaler>['metadata']>, annotations: Annotations) {
  const { annotations: _, ...rest } = metadata;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function parse(annotations: Annotations, name: AnnotationName): unknown {
  const text = annotations[`${prefix}${name}`];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw statusErrors.badRequest(`annotation ${prefix}${name}: ${errorMessage(error)}`);
  }
}

/** What the annotation says may be of any shape: it is checked as a client's own members would have been. */
function checked(model: string, members: object): object {
  try {
    return decodeModel(model, members).value;
  } catch (error) {
    throw statusErrors.badRequest(`HorizontalPodAutoscaler cannot be converted from version "v1": ${errorMessage(error)}`);
  }
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function absentIfEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}

function defined<T extends object>(members: T): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T; // without absent members
}
