import { output } from './command.js';

/** What a role of Prometheus' Kubernetes discovery finds, in the format of its discovery by files. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

interface ApiObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

interface NodeObject extends ApiObject {
  readonly status: {
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints: { readonly kubeletEndpoint: { readonly Port: number } };
  };
}

interface EndpointsObject extends ApiObject {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string }[];
    readonly ports?: readonly { readonly port: number }[];
  }[];
}

interface PodObject extends ApiObject {
  readonly spec: { readonly containers: readonly { readonly ports?: readonly { readonly containerPort: number }[] }[] };
  readonly status: { readonly podIP?: string };
}

/**
 * Does by hand, as the service account that Prometheus is to be, what Debian's Prometheus was built without: it asks the API for what the
 * roles `node`, `endpoints` and `pod` discover, and gives it the addresses and labels that Prometheus documents for them.
 */
export class Discovery {
  readonly #apiUrl: string;
  readonly #curl: readonly string[];

  constructor(apiUrl: string, caFile: string, token: string) {
    this.#apiUrl = apiUrl;
    this.#curl = ['-sS', '--fail-with-body', '--cacert', caFile, '-H', `Authorization: Bearer ${token}`];
  }

  async find(role: string): Promise<readonly TargetGroup[]> {
    if (role === 'node') return (await this.#list<NodeObject>('nodes')).map(nodeTargets);
    if (role === 'endpoints') return (await this.#list<EndpointsObject>('namespaces/default/endpoints')).map(endpointsTargets);
    if (role === 'pod') return (await this.#list<PodObject>('pods')).map(podTargets);
    throw new Error(`no such role: ${role}`);
  }

  async #list<T>(path: string): Promise<readonly T[]> {
    const list = JSON.parse(await output('curl', [...this.#curl, `${this.#apiUrl}/api/v1/${path}`])) as {
      readonly items: readonly T[];
    };
    return list.items;
  }
}

function nodeTargets({ metadata, status }: NodeObject): TargetGroup {
  const internal = status.addresses.find(({ type }) => type === 'InternalIP');
  const port = status.daemonEndpoints.kubeletEndpoint.Port;
  return { targets: [`${internal?.address}:${port}`], labels: { __meta_kubernetes_node_name: metadata.name } };
}

function endpointsTargets({ metadata, subsets = [] }: EndpointsObject): TargetGroup {
  const targets = subsets.flatMap(({ addresses = [], ports = [] }) =>
    addresses.flatMap(({ ip }) => ports.map(({ port }) => `${ip}:${port}`)),
  );
  return { targets, labels: { ...namespaced(metadata), __meta_kubernetes_service_name: metadata.name } };
}

function podTargets({ metadata, spec, status: { podIP } }: PodObject): TargetGroup {
  const ports = spec.containers.flatMap((container) => container.ports ?? []);
  const annotations = Object.entries(metadata.annotations ?? {}).map(([name, value]) => [
    `__meta_kubernetes_pod_annotation_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`,
    value,
  ]);
  return {
    targets: podIP === undefined ? [] : ports.map(({ containerPort }) => `${podIP}:${containerPort}`),
    labels: { ...namespaced(metadata), __meta_kubernetes_pod_name: metadata.name, ...Object.fromEntries(annotations) },
  };
}

function namespaced({ namespace = '' }: ApiObject['metadata']) {
  return { __meta_kubernetes_namespace: namespace };
}
