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
  dropUnneeded(spec, old.spec);
  followClusterIp(spec, old.spec);
  if (hasClusterIp(spec) && hasClusterIp(old.spec)) {
    if ((spec.clusterIP ?? '') === '' && old.spec.clusterIP !== undefined) spec.clusterIP = old.spec.clusterIP;
    if (spec.clusterIP === old.spec.clusterIP) {
      if ((spec.clusterIPs ?? []).length === 0 && old.spec.clusterIPs !== undefined)
        spec.clusterIPs = cloneJson(old.spec.clusterIPs);
      if (spec.ipFamilies === undefined && old.spec.ipFamilies !== undefined) spec.ipFamilies = cloneJson(old.spec.ipFamilies);
      if (spec.ipFamilyPolicy === undefined && old.spec.ipFamilyPolicy !== undefined)
        spec.ipFamilyPolicy = old.spec.ipFamilyPolicy;
    }
  }
  if (needsNodePorts(spec) && needsNodePorts(old.spec)) keepNodePorts(spec.ports ?? [], old.spec.ports ?? []);
  if (needsHealthCheck(spec) && needsHealthCheck(old.spec) && (spec.healthCheckNodePort ?? 0) === 0) {
    if (old.spec.healthCheckNodePort !== undefined) spec.healthCheckNodePort = old.spec.healthCheckNodePort;
  }
}

/** Clients of old know `clusterIP` alone, and leave `clusterIPs` as they have read it. */
function followClusterIp(spec: Draft<ServiceSpec>, old: ServiceSpec): void {
  const { clusterIP = '', clusterIPs } = spec;
  if (clusterIPs === undefined || clusterIP === old.clusterIP || !equalJson(clusterIPs, old.clusterIPs ?? null)) return;
  spec.clusterIPs = clusterIP === '' ? [] : [clusterIP, ...clusterIPs.slice(1)];
}

function dropUnneeded(spec: Draft<ServiceSpec>, old: ServiceSpec): void {
  const drop = (...names: readonly (keyof ServiceSpec)[]) => {
    for (const name of names) if (equalJson(spec[name] ?? null, old[name] ?? null)) delete spec[name];
  };
  if (hasClusterIp(old) && !hasClusterIp(spec)) drop('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  if (needsNodePorts(old) && !needsNodePorts(spec)) {
    const before = old.ports ?? [];
    const same = (spec.ports ?? []).every(({ nodePort = 0 }, index) => nodePort === (before[index]?.nodePort ?? 0));
    if (same) for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec)) drop('healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') drop('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) drop('externalTrafficPolicy');
}

function keepNodePorts(ports: readonly Draft<ServicePort>[], before: readonly ServicePort[]): void {
  const used = new Set(ports.map(({ nodePort }) => nodePort));
  for (const port of ports) {
    if (port.nodePort !== undefined && port.nodePort !== 0) continue;
    const match = before.find((old) => old.port === port.port && old.protocol === port.protocol && !used.has(old.nodePort));
    if (match?.nodePort === undefined) continue;
    port.nodePort = match.nodePort;
    used.add(match.nodePort);
  }
}

function hasClusterIp(spec: Pick<Draft<ServiceSpec>, 'type'>): boolean {
  return spec.type !== 'ExternalName';
}
