import { type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import type { Service, ServiceSpec } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { isEmpty, oneOf, portNumber, problemsOf } from '../../validation/check.js';
import { validateCidr } from '../../validation/ip.js';
import { qualifiedNameProblems } from '../../validation/names.js';

/** Of a draft or of a stored service. */
type Spec = Pick<Draft<ServiceSpec>, 'type' | 'externalTrafficPolicy' | 'allocateLoadBalancerNodePorts'> & {
  readonly externalIPs?: readonly string[] | undefined;
};

const policies = ['Cluster', 'Local'];
const reachedInside = ['ClusterIP', 'LoadBalancer', 'NodePort'];
const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const onlyOfBalancers = "may only be used when `type` is 'LoadBalancer'";
/** What said it before there was a field. */
const rangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';

export function isExternallyAccessible({ type, externalIPs = [] }: Spec): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIPs.length > 0);
}

/** Whether load balancers have to ask which nodes have pods of the service. */
export function needsHealthCheck({ type, externalTrafficPolicy }: Spec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}

export function needsNodePorts({ type, allocateLoadBalancerNodePorts }: Spec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}

/** What only load balancers have: whom they let in, their class, whether they need node ports. */
export function validateLoadBalancer({ metadata, spec = {} }: Draft<Service>, old?: Service): FieldError[] {
  const { loadBalancerSourceRanges: ranges = [], loadBalancerClass, allocateLoadBalancerNodePorts: allocate } = spec;
  const balancer = spec.type === 'LoadBalancer';
  const annotation = metadata?.annotations?.[rangesAnnotation];
  const errors: FieldError[] = [];
  if (ranges.length > 0) {
    const at = 'spec.LoadBalancerSourceRanges'; // Kubernetes writes it so
    if (!balancer) errors.push(forbidden(at, onlyOfBalancers));
    errors.push(...ranges.flatMap((range, index) => validateCidr(`${at}[${index}]`, range.trim())));
  } else if (annotation !== undefined) {
    const at = `metadata.annotations[${rangesAnnotation}]`;
    if (!balancer) errors.push(forbidden(at, onlyOfBalancers));
    const isKnown = annotation === old?.metadata.annotations?.[rangesAnnotation];
    if (!isKnown && annotation.trim() !== '')
      errors.push(...annotation.split(',').flatMap((range) => validateCidr(at, range.trim())));
  }
  if (allocate !== undefined && !balancer) errors.push(forbidden('spec.allocateLoadBalancerNodePorts', onlyOfBalancers));
  if (loadBalancerClass === undefined) return errors;
  const at = 'spec.loadBalancerClass';
  if (!balancer) return [...errors, forbidden(at, onlyOfBalancers)];
  return [...errors, ...problemsOf(at, loadBalancerClass, qualifiedNameProblems(loadBalancerClass))];
}

export function validateTraffic(spec: Draft<ServiceSpec>): FieldError[] {
  const { trafficDistribution } = spec;
  return [
    ...validateExternal(spec),
    ...validateHealthCheck(spec),
    ...validateInternal(spec),
    ...(trafficDistribution === undefined || distributions.includes(trafficDistribution)
      ? []
      : [notSupported('spec.trafficDistribution', trafficDistribution, distributions)]),
  ];
}

function validateExternal(spec: Draft<ServiceSpec>): FieldError[] {
  const { externalTrafficPolicy: policy } = spec;
  const at = 'spec.externalTrafficPolicy';
  if (isExternallyAccessible(spec)) return oneOf(at, policy, policies);
  return isEmpty(policy) ? [] : [invalid(at, policy, 'may only be set for externally-accessible services')];
}

function validateInternal({ type = '', internalTrafficPolicy: policy }: Draft<ServiceSpec>): FieldError[] {
  const at = 'spec.internalTrafficPolicy';
  if (policy === undefined) return reachedInside.includes(type) ? [required(at)] : [];
  return policies.includes(policy) ? [] : [notSupported(at, policy, policies)];
}

function validateHealthCheck(spec: Draft<ServiceSpec>): FieldError[] {
  const { healthCheckNodePort: port = 0 } = spec;
  const at = 'spec.healthCheckNodePort';
  if (needsHealthCheck(spec)) return port === 0 ? [required(at)] : portNumber(at, port);
  const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return port === 0 ? [] : [invalid(at, port, why)];
}

export function validateTrafficUpdate(spec: Draft<ServiceSpec>, { spec: old }: Service): FieldError[] {
  const errors: FieldError[] = [];
  const both = spec.type === 'LoadBalancer' && old.type === 'LoadBalancer';
  if (both && spec.loadBalancerClass !== old.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', spec.loadBalancerClass, 'may not change once set'));
  }
  if (needsHealthCheck(spec) && needsHealthCheck(old) && spec.healthCheckNodePort !== old.healthCheckNodePort) {
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
  }
  return errors;
}
