import { TestAuthority } from '@flotilla/process/testing';
import type { TestCluster } from './cluster.js';

const apiVersion = 'metrics.k8s.io/v1beta1';
const root = `/apis/${apiVersion}`;
const name = 'metrics-server';
const namespace = 'default';

/** What every node and every container of a pod is said to use. */
export const usage = { cpu: '250m', memory: '100Mi' };

/** Answers what it was given for a path; nothing else is there. */
const script = `
const { readFileSync } = require('node:fs');
const { ANSWERS, FLOTILLA_ROOT, POD_IP } = process.env;
const answers = JSON.parse(ANSWERS);
const [cert, key] = ['tls.crt', 'tls.key'].map((file) => readFileSync(FLOTILLA_ROOT + '/tls/' + file));
require('node:https').createServer({ cert, key }, ({ url }, response) => {
  const answer = answers[url.replace(/\\?.*/, '')];
  response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404, reason: 'NotFound' }));
}).listen(8443, POD_IP);
`;

/**
 * An extension API server for metrics.k8s.io, as a pod behind a Service and an APIService, like the metrics server of real clusters.
 * @param pods in the namespace `default`, with the names of their containers
 */
export async function startMetricsServer(cluster: TestCluster, pods: Readonly<Record<string, readonly string[]>>): Promise<void> {
  const authority = new TestAuthority('metrics');
  const { cert, key } = authority.issue({ commonName: name, hosts: [`${name}.${namespace}.svc`] });
  const metadata = { name, namespace, labels: { app: name } };
  const container = {
    ...{ name, image: 'any', command: [process.execPath, '-e', script], ports: [{ containerPort: 8443 }] },
    env: [{ name: 'ANSWERS', value: JSON.stringify(answers(pods)) }],
    volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
    readinessProbe: { tcpSocket: { port: 8443 }, periodSeconds: 1 },
  };
  const volumes = [{ name: 'tls', secret: { secretName: name } }];
  const items = [
    { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata, stringData: { 'tls.crt': cert, 'tls.key': key } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: name }, ports: [{ port: 443, targetPort: 8443 }] } },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: { terminationGracePeriodSeconds: 0, containers: [container], volumes } },
    {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: 'v1beta1.metrics.k8s.io' },
      spec: {
        ...{ group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
        service: { namespace, name },
        caBundle: Buffer.from(authority.pair.cert).toString('base64'),
      },
    },
  ];
  await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  await cluster.kubectl(['wait', 'apiservice/v1beta1.metrics.k8s.io', '--for=condition=Available', '--timeout=30s']);
}

function answers(pods: Readonly<Record<string, readonly string[]>>): object {
  const at = { timestamp: new Date().toISOString(), window: '10s' };
  const list = (kind: string, items: readonly object[]) => ({ kind, apiVersion, metadata: {}, items });
  const ofPods = Object.entries(pods).map(([pod, containers]) => ({
    ...{ metadata: { name: pod, namespace }, ...at },
    containers: containers.map((container) => ({ name: container, usage })),
  }));
  const resource = (plural: string, kind: string, namespaced: boolean) => ({
    ...{ name: plural, singularName: '', namespaced, kind, verbs: ['get', 'list'] },
  });
  return {
    [root]: {
      ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion },
      resources: [resource('nodes', 'NodeMetrics', false), resource('pods', 'PodMetrics', true)],
    },
    [`${root}/nodes`]: list('NodeMetricsList', [{ metadata: { name: 'node-1' }, ...at, usage }]),
    [`${root}/pods`]: list('PodMetricsList', ofPods),
    [`${root}/namespaces/${namespace}/pods`]: list('PodMetricsList', ofPods),
  };
}
