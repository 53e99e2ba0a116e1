import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@flotilla/process';
import { type KubeletFlags, parseTaint, readConfig } from './config.js';

const flags: KubeletFlags = {
  kubeconfig: '/k',
  hostnameOverride: 'Node-1',
  nodeIp: '127.10.1.1',
  port: 10_250,
  tlsCertFile: '/crt',
  tlsPrivateKeyFile: '/key',
  rootDir: '/var/lib/kubelet',
  containerRuntimeEndpoint: 'process://',
  nodeLabels: ['disk=ssd', 'empty='],
  registerWithTaints: ['dedicated=gpu:NoSchedule'],
  maxPods: 110,
  nodeStatusUpdateFrequency: 10_000,
  podNetwork: 'loopback',
};

test('flags become a configuration', () => {
  const config = readConfig(flags);
  assert.equal(config.nodeName, 'node-1');
  assert.equal(config.address, '127.10.1.1');
  assert.deepEqual(config.nodeLabels, { disk: 'ssd', empty: '' });
  assert.deepEqual(config.taints, [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }]);
  assert.equal(readConfig({ ...flags, podNetwork: 'host-routes' }).hostRoutes, true);
});

test('a flag that makes no sense is refused by its name', () => {
  const { kubeconfig: _kubeconfig, ...withoutKubeconfig } = flags;
  for (const [bad, message] of [
    [withoutKubeconfig, '--kubeconfig is required'],
    [{ ...flags, nodeIp: 'here' }, '--node-ip: "here" is not an IP address'],
    [
      { ...flags, containerRuntimeEndpoint: 'unix:///run/containerd.sock' },
      '--container-runtime-endpoint: "unix:///run/containerd.sock" is not supported, want process://',
    ],
    [{ ...flags, podNetwork: 'cni' }, '--pod-network: want loopback or host-routes, not "cni"'],
    [{ ...flags, nodeLabels: ['x'] }, '--node-labels: invalid label "x", want key=value'],
    [
      { ...flags, registerWithTaints: ['a=b:Never'] },
      '--register-with-taints: invalid taint "a=b:Never", want key=value:NoSchedule|PreferNoSchedule|NoExecute',
    ],
  ] as const) {
    assert.throws(() => readConfig(bad), new ConfigError(message));
  }
});

test('taints', () => {
  assert.deepEqual(parseTaint('key:NoExecute'), { key: 'key', effect: 'NoExecute' });
  assert.deepEqual(parseTaint('key=:PreferNoSchedule'), { key: 'key', effect: 'PreferNoSchedule' });
});
