import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressAt, parseCidr } from './addresses.js';
import { type Cluster, localCluster } from './cluster.js';
import { hostProcesses, localProcesses } from './processes.js';

const paths = { pki: '/p', data: '/d' };
const local = localCluster({
  controlPlanes: 3,
  nodes: 2,
  apiPort: 6443,
  clusterCidr: '127.10.0.0/16',
  controlPlaneCidr: '127.11.0.0/16',
  serviceCidr: '127.96.0.0/16',
});

test('addresses are counted within their range', () => {
  assert.equal(addressAt(parseCidr('127.10.0.0/16'), 257), '127.10.1.1');
  assert.equal(addressAt(parseCidr('255.255.255.0/24'), 255), '255.255.255.255');
  assert.throws(() => addressAt(parseCidr('10.0.0.0/30'), 4), RangeError);
  for (const bad of ['10.0.0.0', '10.0.0.1/24', '10.0.0.256/32', '10.0.0.0/33', 'x/8', ''])
    assert.throws(() => parseCidr(bad), RangeError, bad);
});

test('every process of one machine has an address of its own, and flags that name the others', () => {
  const specs = localProcesses(local, paths, { scheduler: ['--v=4'] });
  const count = (component: string) => specs.filter((spec) => spec.component === component).length;
  assert.deepEqual(
    ['store', 'apiserver', 'loadbalancer', 'controller-manager', 'scheduler', 'kubelet', 'proxy'].map(count),
    [3, 3, 1, 2, 2, 2, 2],
  );
  assert.equal(new Set(specs.map(({ address }) => address)).size, specs.length);
  assert.equal(new Set(specs.map(({ name }) => name)).size, specs.length);
  const argsOf = (name: string) => specs.find((spec) => spec.name === name)?.args ?? [];
  assert.ok(
    argsOf('store-2').includes(
      '--initial-cluster=store-1=https://127.11.1.1:2380,store-2=https://127.11.2.1:2380,store-3=https://127.11.3.1:2380',
    ),
  );
  assert.ok(
    argsOf('apiserver-1').includes('--etcd-servers=https://127.11.1.1:2379,https://127.11.2.1:2379,https://127.11.3.1:2379'),
  );
  assert.ok(argsOf('loadbalancer').includes('--backends=127.11.1.1:6443,127.11.2.1:6443,127.11.3.1:6443'));
  assert.ok(argsOf('kubelet-2').includes('--node-ip=127.10.2.1'));
  assert.ok(argsOf('proxy-1').includes('--service-cluster-ip-range=127.96.0.0/16'));
  assert.equal(argsOf('scheduler-2').at(-1), '--v=4');
});

test('with an external etcd there are no stores, and the API servers are pointed at it', () => {
  const externalStore = { endpoints: ['https://10.0.0.1:2379', 'https://10.0.0.2:2379'], caFile: '/e/ca.crt' };
  const specs = localProcesses({ ...local, externalStore }, paths, {});
  assert.equal(specs.filter(({ component }) => component === 'store').length, 0);
  const args = specs.filter(({ component }) => component === 'apiserver').map((spec) => spec.args);
  for (const given of args) {
    assert.ok(given.includes('--etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379'));
    assert.ok(given.includes('--etcd-cafile=/e/ca.crt'));
    assert.ok(!given.some((arg) => arg.startsWith('--etcd-certfile') || arg.startsWith('--etcd-keyfile')));
  }
});

test('one control plane needs one of everything', () => {
  const specs = localProcesses({ ...local, controlPlanes: local.controlPlanes.slice(0, 1) }, paths, {});
  assert.equal(specs.filter(({ component }) => component === 'scheduler').length, 1);
});

test('a host of a larger cluster runs its own share, with routes between hosts', () => {
  const cluster: Cluster = { ...local, apiHost: '10.0.0.1' };
  const names = (host: string) => hostProcesses(cluster, host, paths).map(({ name }) => name);
  assert.deepEqual(names('control-plane-1'), ['store-1', 'apiserver-1', 'controller-manager-1', 'scheduler-1']);
  assert.deepEqual(names('control-plane-3'), ['store-3', 'apiserver-3']);
  assert.deepEqual(names('loadbalancer'), ['loadbalancer']);
  assert.deepEqual(names('node-2'), ['kubelet-2', 'proxy-2']);
  const args = hostProcesses(cluster, 'node-2', paths).flatMap((spec) => spec.args);
  assert.ok(args.includes('--pod-network=host-routes'));
  assert.throws(() => names('nowhere'), new RangeError('the cluster has no host "nowhere"'));
});
