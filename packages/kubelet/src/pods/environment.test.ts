import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, Service } from '@flotilla/api';
import { podField } from './downward-fields.js';
import { ContainerConfigError, containerEnv, type EnvironmentInput } from './environment.js';
import { expand } from './expansion.js';
import { serviceEnv } from './service-environment.js';

test('$(NAME) is expanded by the rules of the Pod API', () => {
  const values: Record<string, string> = { A: 'a', EMPTY: '', 'X-1': 'x' };
  for (const [text, expected] of [
    ['plain', 'plain'],
    ['$(A)', 'a'],
    ['-$(A)$(A)-', '-aa-'],
    ['$(MISSING)', '$(MISSING)'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$A', '$A'],
    ['$(A', '$(A'],
    ['$(EMPTY)', ''],
    ['$(X-1)', 'x'],
    ['100$', '100$'],
    ['$$', '$'],
  ] as const) {
    assert.equal(
      expand(text, (name) => values[name]),
      expected,
      text,
    );
  }
});

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1',
    namespace: 'shop',
    uid: 'u-1',
    labels: { app: 'web', tier: 'front' },
    annotations: { note: 'a "b"' },
  },
  spec: { nodeName: 'node-1', serviceAccountName: 'robot', containers: [] },
};

function input(container: Partial<Container>): EnvironmentInput {
  const full: Container = {
    name: 'app',
    resources: { limits: { cpu: '1500m', memory: '64Mi' }, requests: { cpu: '250m' } },
    ...container,
  };
  return {
    pod: { ...pod, spec: { ...pod.spec, containers: [full] } },
    container: full,
    podIp: '127.1.1.2',
    hostIp: '127.1.0.1',
    nodeAllocatable: { cpu: '4', memory: '8Gi', 'ephemeral-storage': '10Gi' },
    serviceEnv: [{ name: 'DB_SERVICE_HOST', value: '127.96.0.9' }],
    config: {
      configMap: async (_namespace, name) =>
        name === 'settings' ? { data: { color: 'blue', 'odd.key': '1' }, binaryData: {} } : undefined,
      secret: async (_namespace, name) => (name === 'login' ? { password: Buffer.from('s3cret').toString('base64') } : undefined),
    },
  };
}

test('variables come from everywhere that a Pod may name', async () => {
  const env = await containerEnv(
    input({
      envFrom: [
        { configMapRef: { name: 'settings' }, prefix: 'CFG_' },
        { secretRef: { name: 'login' } },
        { configMapRef: { name: 'none', optional: true } },
      ],
      env: [
        { name: 'PLAIN', value: 'x' },
        { name: 'COMPOSED', value: '$(PLAIN)-$(DB_SERVICE_HOST)-$(LATER)' },
        { name: 'LATER', value: 'z' },
        { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'MILLIS', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
        { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'DISK', valueFrom: { resourceFieldRef: { resource: 'limits.ephemeral-storage', divisor: '1Gi' } } },
        { name: 'COLOR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'color' } } },
        { name: 'SECRET', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
        { name: 'ABSENT', valueFrom: { secretKeyRef: { name: 'login', key: 'nope', optional: true } } },
        { name: 'PLAIN', value: 'y' },
      ],
    }),
  );
  assert.deepEqual(Object.fromEntries(env.map(({ name, value }) => [name, value])), {
    DB_SERVICE_HOST: '127.96.0.9',
    CFG_color: 'blue',
    'CFG_odd.key': '1',
    password: 's3cret',
    PLAIN: 'y',
    COMPOSED: 'x-127.96.0.9-$(LATER)',
    LATER: 'z',
    NAME: 'web-1',
    IP: '127.1.1.2',
    CPU: '2',
    MILLIS: '250',
    MEMORY: '64',
    DISK: '10',
    COLOR: 'blue',
    SECRET: 's3cret',
  });
});

test('what is missing and not optional is an error in the words of Kubernetes', async () => {
  for (const [container, message] of [
    [{ envFrom: [{ configMapRef: { name: 'none' } }] }, 'configmap "none" not found'],
    [{ envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
    [
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'no' } } }] },
      "couldn't find key no in ConfigMap shop/settings",
    ],
    [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'none', key: 'no' } } }] }, 'secret "none" not found'],
    [{ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.nothing' } } }] }, 'unsupported fieldPath: spec.nothing'],
  ] as const) {
    await assert.rejects(containerEnv(input(container)), new ContainerConfigError(message));
  }
});

test('fields of the downward API', () => {
  const addresses = { podIp: '10.0.0.1', hostIp: '10.1.0.1' };
  for (const [path, expected] of [
    ['metadata.namespace', 'shop'],
    ['metadata.uid', 'u-1'],
    ['metadata.labels', 'app="web"\ntier="front"'],
    ['metadata.annotations', 'note="a \\"b\\""'],
    ["metadata.labels['app']", 'web'],
    ["metadata.annotations['none']", ''],
    ['spec.nodeName', 'node-1'],
    ['spec.serviceAccountName', 'robot'],
    ['status.hostIP', '10.1.0.1'],
    ['spec.containers', undefined],
  ] as const) {
    assert.equal(podField(pod, path, addresses), expected, path);
  }
});

test('services become variables: those of the namespace, and the API itself', () => {
  const service = (
    namespace: string,
    name: string,
    clusterIP: string,
    ports: NonNullable<Service['spec']['ports']>,
  ): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec: { clusterIP, ports },
  });
  const services = [
    service('default', 'kubernetes', '127.96.0.1', [{ name: 'https', port: 443 }]),
    service('shop', 'redis-master', '127.96.0.2', [{ port: 6379 }, { name: 'metrics', port: 9_121, protocol: 'UDP' }]),
    service('shop', 'headless', 'None', [{ port: 1 }]),
    service('other', 'far', '127.96.0.3', [{ port: 1 }]),
  ];
  const names = (env: readonly { name: string }[]) =>
    env.map(({ name }) => name.replace(/_.*/, '')).filter((name, i, all) => all.indexOf(name) === i);
  const env = serviceEnv(services, pod);
  assert.deepEqual(names(env), ['KUBERNETES', 'REDIS']);
  assert.deepEqual(
    Object.fromEntries(env.filter(({ name }) => name.startsWith('REDIS')).map(({ name, value }) => [name, value])),
    {
      REDIS_MASTER_SERVICE_HOST: '127.96.0.2',
      REDIS_MASTER_SERVICE_PORT: '6379',
      REDIS_MASTER_SERVICE_PORT_METRICS: '9121',
      REDIS_MASTER_PORT: 'tcp://127.96.0.2:6379',
      REDIS_MASTER_PORT_6379_TCP: 'tcp://127.96.0.2:6379',
      REDIS_MASTER_PORT_6379_TCP_PROTO: 'tcp',
      REDIS_MASTER_PORT_6379_TCP_PORT: '6379',
      REDIS_MASTER_PORT_6379_TCP_ADDR: '127.96.0.2',
      REDIS_MASTER_PORT_9121_UDP: 'udp://127.96.0.2:9121',
      REDIS_MASTER_PORT_9121_UDP_PROTO: 'udp',
      REDIS_MASTER_PORT_9121_UDP_PORT: '9121',
      REDIS_MASTER_PORT_9121_UDP_ADDR: '127.96.0.2',
    },
  );
  assert.deepEqual(names(serviceEnv(services, { ...pod, spec: { ...pod.spec, enableServiceLinks: false } })), ['KUBERNETES']);
});
