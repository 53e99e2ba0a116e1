import type { Service, ServicePort } from '../../generated/types.js';
import type { Draft } from '../../objects.js';

/** How long one client stays with one pod, unless the service says otherwise: three hours. */
const affinitySeconds = 10_800;

/** The addresses and families themselves are allotted by the API server, which knows the ranges. */
export function defaultService(draft: Draft<Service>): void {
  draft.spec ??= {};
  const { spec } = draft;
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= affinitySeconds;
  }
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) defaultServicePort(port);
  const reachedOnNodes = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  if (reachedOnNodes || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0))
    spec.externalTrafficPolicy ||= 'Cluster';
  if (reachedOnNodes || spec.type === 'ClusterIP') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of draft.status?.loadBalancer?.ingress ?? []) if ((ingress.ip ?? '') !== '') ingress.ipMode ??= 'VIP';
}

function defaultServicePort(port: Draft<ServicePort>): void {
  port.protocol ||= 'TCP';
  if ((port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') && port.port !== undefined) {
    port.targetPort = port.port;
  }
}
