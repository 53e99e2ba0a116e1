import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Options, readConfig } from './config.js';

const options: Options = {
  hostnameOverride: 'Node-1',
  bindAddress: '127.0.0.1',
  healthzPort: 10_256,
  proxyMode: 'userspace',
  clusterCidr: '10.244.0.0/16',
  serviceClusterIpRange: '10.96.0.0/16',
  nodeportAddresses: [],
  cleanup: false,
};

for (const [title, change, expected] of [
  ['real hosts keep routes', {}, { nodeName: 'node-1', loopbackServices: false, podRoutes: true }],
  [
    'one machine needs none',
    { clusterCidr: '127.10.0.0/16', serviceClusterIpRange: '127.96.0.0/16' },
    { nodeName: 'node-1', loopbackServices: true, podRoutes: false },
  ],
] as const) {
  test(title, () => {
    const { nodeName, loopbackServices, podRoutes } = readConfig({ ...options, ...change });
    assert.deepEqual({ nodeName, loopbackServices, podRoutes }, expected);
  });
}

for (const [change, message] of [
  [{ proxyMode: 'ipvs' }, '--proxy-mode: want userspace, not "ipvs"'],
  [{ clusterCidr: '10.244.0.0' }, '--cluster-cidr: want an IPv4 CIDR such as 10.96.0.0/16, not "10.244.0.0"'],
  [{ serviceClusterIpRange: 'all' }, '--service-cluster-ip-range: want an IPv4 CIDR such as 10.96.0.0/16, not "all"'],
  [{ nodeportAddresses: ['eth0'] }, '--nodeport-addresses: want addresses, IPv4 CIDRs or primary, not "eth0"'],
] as const) {
  test(`${JSON.stringify(change)} is refused`, () => {
    assert.throws(() => readConfig({ ...options, ...change }), { name: 'ConfigError', message });
  });
}
