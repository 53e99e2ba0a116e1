import { type Definition, equalJson, hasReason, isRecord, kinds } from '@flotilla/api';
import { type Clock, type Logger, sleep } from '@flotilla/base';
import { apiServerUser } from '../auth/user-info.js';
import { apiServerLeaseRenewMs } from '../limits.js';
import type { Registry } from '../registry/registry.js';
import type { MasterLeases } from './master-leases.js';

export interface KubernetesServiceOptions {
  readonly registry: Registry;
  readonly leases: MasterLeases;
  /** The first address of the service range. */
  readonly clusterIp: string;
  /** On which every API server listens. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const name = 'kubernetes';
const namespace = 'default';
const writeOptions = { dryRun: false, fieldValidation: 'Strict', fieldManager: 'kube-apiserver' } as const;

/**
 * Keeps the Service `default/kubernetes`, through which pods reach the API, and its Endpoints and EndpointSlice as the
 * API servers come and go.
 */
export async function keepKubernetesService(options: KubernetesServiceOptions): Promise<void> {
  const { leases, clock, log, signal } = options;
  while (!signal.aborted) {
    try {
      await leases.renew();
      await reconcile(options);
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, 'the kubernetes Service could not be kept up to date');
    }
    await sleep(clock, apiServerLeaseRenewMs, signal).catch(() => {});
  }
}

/** Takes this server out of the Service, at the start of a shutdown. */
export async function leaveKubernetesService(options: KubernetesServiceOptions): Promise<void> {
  await options.leases.remove();
  await reconcile(options);
}

async function reconcile(options: KubernetesServiceOptions): Promise<void> {
  const { clusterIp, port } = options;
  const addresses = await options.leases.list();
  await ensure(options, kinds.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: ['IPv4'],
      sessionAffinity: 'None',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
    },
  });
  if (addresses.length === 0) return;
  await ensure(options, kinds.endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  });
  await ensure(options, kinds.endpointSlices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
}

interface WantedObject {
  readonly kind: string;
  readonly [member: string]: unknown;
}

/** Creates the object, or replaces its endpoints where they differ. Losing a race is as good as winning it. */
async function ensure({ registry, signal }: KubernetesServiceOptions, kind: unknown, wanted: WantedObject): Promise<void> {
  const definition = kind as Definition; // a definition of its own object type, treated as any other
  const cached = await registry.cached(definition);
  const current = cached.get(namespace, name) as (WantedObject & { readonly metadata: Record<string, unknown> }) | undefined;
  const context = { user: apiServerUser, signal, namespace, options: writeOptions };
  try {
    if (current === undefined) {
      await registry.create(definition, { ...context, body: wanted });
      return;
    }
    if (wanted.kind === 'Service' || sameEndpoints(current, wanted)) return;
    await registry.update(definition, { ...context, name, body: { ...current, ...wanted, metadata: current.metadata } });
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists', 'Conflict')) throw error;
  }
}

function sameEndpoints(current: WantedObject, wanted: WantedObject): boolean {
  return ['subsets', 'endpoints', 'ports'].every((member) => contains(current[member], wanted[member]));
}

/** Whether everything that is wanted is there; the server may have added defaults. */
function contains(current: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    return Array.isArray(current) && current.length === wanted.length && wanted.every((item, i) => contains(current[i], item));
  }
  if (isRecord(wanted)) return isRecord(current) && Object.entries(wanted).every(([key, value]) => contains(current[key], value));
  return equalJson(current, wanted);
}
