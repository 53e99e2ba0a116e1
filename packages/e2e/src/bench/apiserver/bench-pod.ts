/** Where everything happens. */
export const benchNamespace = 'bench';

/** So many pods have the same label: what a Service or a ReplicaSet would select. */
export const podsPerGroup = 100;

export function podName(index: number): string {
  return `web-7d4b9c6f5-${index.toString(36).padStart(5, '0')}`;
}

/** A pod as Deployments make them, of about 2.9 kB as it is answered, managed fields included. */
export function benchPod(index: number): object {
  const variable = (i: number) => ({ name: `SETTING_${i}`, value: `https://backend-${i}.bench.svc.cluster.local:8443/api/v1` });
  const probe = (path: string) => ({ httpGet: { path, port: 'http', scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 2 });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(index),
      labels: { app: 'web', 'pod-template-hash': '7d4b9c6f5', group: `g${Math.floor(index / podsPerGroup)}`, tier: 'frontend' },
      annotations: {
        'prometheus.io/scrape': 'true',
      },
    },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'registry.example.com/shop/web:1.42.0',
          args: ['--listen=:8080', '--log-format=json'],
          ports: [{ name: 'http', containerPort: 8080 }],
          env: [variable(0)],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '256Mi' } },
          readinessProbe: probe('/ready'),
          volumeMounts: [{ name: 'cache', mountPath: '/var/cache/web' }],
        },
      ],
      volumes: [{ name: 'cache', emptyDir: {} }],
    },
  };
}
