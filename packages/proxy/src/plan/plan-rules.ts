import type { EndpointSlice, Service, ServicePort } from '@flotilla/api';
import { groupSlices, portEndpoints, usableTargets } from './endpoints.js';
import { ipFamily } from './ip-address.js';
import { type Protocol, type Rule, type RuleKind, ruleKey, targetKey } from './rule.js';

export interface RuleInputs {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly nodeName: string;
  /** Where this node answers to node ports. */
  readonly nodePortAddresses: readonly string[];
}

interface Frontend {
  readonly kind: RuleKind;
  readonly address: string;
  readonly port: number;
  /** Traffic from outside the cluster: externalTrafficPolicy applies instead of internalTrafficPolicy. */
  readonly external: boolean;
}

/** Another proxy is responsible for Services (and slices) with this label. */
const otherProxyLabel = 'service.kubernetes.io/service-proxy-name';
const affinitySecondsDefault = 10_800;

/**
 * The rules that make Services work on this node: a pure function of what the API server says. When two Services claim the
 * same address and port (external IPs), the older one has it. Sorted by key.
 */
export function planRules(inputs: RuleInputs): readonly Rule[] {
  const slices = groupSlices(inputs.slices);
  const rules = new Map<string, Rule>();
  for (const service of inputs.services.filter(isProxied).sort(byAge)) {
    const name = serviceName(service);
    for (const port of service.spec.ports ?? []) {
      for (const frontend of frontends(service, port, inputs.nodePortAddresses)) {
        const rule = planRule(service, port, frontend, slices.get(name) ?? [], inputs.nodeName);
        if (rule !== undefined && !rules.has(ruleKey(rule))) rules.set(ruleKey(rule), rule);
      }
    }
  }
  return [...rules.values()].sort((a, b) => (ruleKey(a) < ruleKey(b) ? -1 : 1));
}

/** ExternalName and headless Services live in DNS alone. */
function isProxied(service: Service): boolean {
  const { type, clusterIP } = service.spec;
  if (type === 'ExternalName' || clusterIP === undefined || clusterIP === '' || clusterIP === 'None') return false;
  return service.metadata.labels?.[otherProxyLabel] === undefined;
}

function byAge(a: Service, b: Service): number {
  const left = `${a.metadata.creationTimestamp ?? ''} ${serviceName(a)}`;
  return left < `${b.metadata.creationTimestamp ?? ''} ${serviceName(b)}` ? -1 : 1;
}

function serviceName(service: Service): string {
  return `${service.metadata.namespace ?? ''}/${service.metadata.name ?? ''}`;
}

function frontends(service: Service, port: ServicePort, nodePortAddresses: readonly string[]): readonly Frontend[] {
  const { spec, status } = service;
  const at = (kind: RuleKind, addresses: readonly string[], number: number): Frontend[] =>
    addresses.map((address) => ({ kind, address, port: number, external: kind !== 'clusterIP' }));
  const clusterIPs = spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]);
  // ipMode Proxy says that the load balancer delivers to the nodes' own addresses (KEP-1860).
  const ingress = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip !== undefined && ipMode !== 'Proxy' ? [ip] : [],
  );
  return [
    ...at('clusterIP', clusterIPs, port.port),
    ...at('externalIP', spec.externalIPs ?? [], port.port),
    ...(spec.type === 'LoadBalancer' ? at('loadBalancerIP', ingress, port.port) : []),
    ...(port.nodePort ? at('nodePort', nodePortAddresses, port.nodePort) : []),
  ];
}

function planRule(
  service: Service,
  port: ServicePort,
  { kind, address, port: number, external }: Frontend,
  slices: readonly EndpointSlice[],
  nodeName: string,
): Rule | undefined {
  const protocol = port.protocol ?? 'TCP';
  const family = ipFamily(address);
  if (family === undefined || !isSupported(protocol)) return undefined;
  const { spec } = service;
  const endpoints = portEndpoints(slices, { name: port.name ?? '', protocol }, family);
  const policy = external ? spec.externalTrafficPolicy : spec.internalTrafficPolicy;
  const affinitySeconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? affinitySecondsDefault;
  return {
    kind,
    protocol,
    address,
    port: number,
    service: `${serviceName(service)}${port.name ? `:${port.name}` : ''}`,
    targets: usableTargets(endpoints, policy === 'Local' ? nodeName : undefined),
    known: new Set(endpoints.map(targetKey)),
    affinityMs: spec.sessionAffinity === 'ClientIP' ? affinitySeconds * 1_000 : undefined,
  };
}

function isSupported(protocol: string): protocol is Protocol {
  return protocol === 'TCP' || protocol === 'UDP';
}
