import type { Service, ServicePort, ServiceSpec } from '../../generated/types.js';
import { cloneJson } from '../../json.js';
import type { Draft } from '../../objects.js';

/**
 * What was allotted to a service stays its own when an update leaves it out: clients write back what they once read or
 * wrote themselves, and rarely know the addresses and node ports.
 */
export function keepAllotted(draft: Draft<Service>, old: Service): void {
  draft.spec ??= {};
  const { spec } = draft;
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
  if (hasNodePorts(spec) && hasNodePorts(old.spec)) keepNodePorts(spec.ports ?? [], old.spec.ports ?? []);
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

function hasNodePorts(spec: Pick<Draft<ServiceSpec>, 'type'>): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer';
}
