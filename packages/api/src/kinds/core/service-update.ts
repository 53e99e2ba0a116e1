import type { Service, ServicePort, ServiceSpec } from '../../generated/types.js';
import { cloneJson, equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { isExternallyAccessible, needsHealthCheck, needsNodePorts } from './service-traffic.js';

/**
 * What was allotted to a service stays its own when an update leaves it out: clients write back what they once read or
 * wrote themselves, and rarely know the addresses and node ports. What the new type has no use for goes, unless the
 * client has changed it, which is an error to be told.
 */
export function keepAllotted(draft: Draft<Service>, old: Service): void {
  draft.spec ??= {};
  const { spec } = draft;
  const kept = hasClusterIp(spec) && hasClusterIp(old.spec);
  if (kept) keepAddresses(spec, old.spec);
  followClusterIp(spec, old.spec);
  if (kept && spec.clusterIP === old.spec.clusterIP) keepFamilies(spec, old.spec);
  if (needsNodePorts(spec) && needsNodePorts(old.spec)) keepNodePorts(spec.ports ?? [], old.spec.ports ?? []);
  if (needsHealthCheck(spec) && needsHealthCheck(old.spec) && (spec.healthCheckNodePort ?? 0) === 0) {
    if (old.spec.healthCheckNodePort !== undefined) spec.healthCheckNodePort = old.spec.healthCheckNodePort;
  }
  dropUnneeded(spec, old.spec);
  if (draft.status !== undefined && spec.type !== 'LoadBalancer') draft.status.loadBalancer = {};
}

function keepAddresses(spec: Draft<ServiceSpec>, { clusterIP, clusterIPs = [] }: ServiceSpec): void {
  if ((spec.clusterIP ?? '') === '' && clusterIP !== undefined) spec.clusterIP = clusterIP;
  if ((spec.clusterIPs ?? []).length === 0 && clusterIPs.length > 0) spec.clusterIPs = cloneJson(clusterIPs);
}

function keepFamilies(spec: Draft<ServiceSpec>, { ipFamilies, ipFamilyPolicy }: ServiceSpec): void {
  if (ipFamilies !== undefined) spec.ipFamilies ??= cloneJson(ipFamilies);
  if (ipFamilyPolicy !== undefined) spec.ipFamilyPolicy ??= ipFamilyPolicy;
}

/** Clients of old know `clusterIP` alone, and leave `clusterIPs` as they have read it. */
function followClusterIp(spec: Draft<ServiceSpec>, old: ServiceSpec): void {
  const { clusterIP = '', clusterIPs } = spec;
  if (clusterIPs === undefined || clusterIP === old.clusterIP || !equalJson(clusterIPs, old.clusterIPs ?? null)) return;
  spec.clusterIPs = clusterIP === '' ? [] : [clusterIP];
}

function dropUnneeded(spec: Draft<ServiceSpec>, old: ServiceSpec): void {
  const isKept = (name: keyof ServiceSpec) => equalJson(spec[name] ?? null, old[name] ?? null);
  const drop = (...names: readonly (keyof ServiceSpec)[]) => {
    for (const name of names) if (isKept(name)) delete spec[name];
  };
  if (hasClusterIp(old) && !hasClusterIp(spec)) {
    if (!isKept('clusterIP') || !isKept('clusterIPs')) drop('ipFamilies', 'ipFamilyPolicy');
    else drop('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
    drop('internalTrafficPolicy');
  }
  if (isReachedOnNodes(old) && !isReachedOnNodes(spec)) {
    const before = new Set((old.ports ?? []).map(({ nodePort = 0 }) => nodePort));
    const ports = spec.ports ?? [];
    if (ports.every(({ nodePort = 0 }) => nodePort === 0 || before.has(nodePort))) for (const port of ports) delete port.nodePort;
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec)) drop('healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') drop('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) drop('externalTrafficPolicy');
}

/** A port goes by its name, whatever else of it may change. */
function keepNodePorts(ports: readonly Draft<ServicePort>[], before: readonly ServicePort[]): void {
  const used = new Set(ports.map(({ nodePort }) => nodePort));
  const known = new Map(before.map(({ name = '', nodePort }) => [name, nodePort]));
  for (const port of ports) {
    const nodePort = known.get(port.name ?? '');
    if ((port.nodePort ?? 0) === 0 && nodePort !== undefined && !used.has(nodePort)) port.nodePort = nodePort;
  }
}

function hasClusterIp({ type }: Pick<Draft<ServiceSpec>, 'type'>): boolean {
  return type !== 'ExternalName';
}

function isReachedOnNodes({ type }: Pick<Draft<ServiceSpec>, 'type'>): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}
