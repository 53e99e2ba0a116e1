import type { Container, Node, NodeSpec, NodeStatus, ObjectMeta, Persisted, Pod, PodSpec, PodStatus } from '@flotilla/api';

/** What a test says of an object; the rest is filled in. */
type Meta = Partial<ObjectMeta>;

let made = 0;

function metadata(name: string, meta: Meta) {
  made++;
  return { name, uid: `uid-${name}-${made}`, resourceVersion: String(made), creationTimestamp: '2026-01-01T00:00:00Z', ...meta };
}

/** A node with 4 cores, 8 GiB and room for 110 pods, unless said otherwise. */
export function makeNode(
  name: string,
  { labels = {}, spec = {}, status = {} }: { labels?: Record<string, string>; spec?: NodeSpec; status?: NodeStatus } = {},
): Persisted<Node> {
  const allocatable = { cpu: '4', memory: '8Gi', pods: '110' };
  const meta = { ...metadata(name, {}), uid: `uid-${name}`, labels: { 'kubernetes.io/hostname': name, ...labels } };
  return { apiVersion: 'v1', kind: 'Node', metadata: meta, spec, status: { allocatable, capacity: allocatable, ...status } };
}

export interface PodShape {
  readonly cpu?: string;
  readonly memory?: string;
  readonly labels?: Record<string, string>;
  readonly namespace?: string;
  readonly spec?: Partial<PodSpec>;
  readonly status?: PodStatus;
  readonly meta?: Meta;
}

export function makePod(name: string, shape: PodShape = {}): Persisted<Pod> {
  const { cpu, memory, labels = {}, namespace = 'default', spec = {}, status = {}, meta = {} } = shape;
  const requests = { ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
  const container: Container = { name: 'main', image: 'example/app:1', resources: { requests } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata(name, { namespace, labels, ...meta }),
    spec: { containers: [container], ...spec },
    status: { phase: 'Pending', ...status },
  };
}

/** The same pod, on a node. */
export function placed(pod: Persisted<Pod>, nodeName: string): Persisted<Pod> {
  return { ...pod, spec: { ...pod.spec, nodeName } };
}
