import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { failure, type Loose, Registries, writeOptions } from '../testing/registries.js';

const service = (name: string, spec: Loose = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec },
});

describe('service addresses', () => {
  const registries = new Registries(2);
  const client = registries.at();
  before(() => client.namespace());
  after(() => registries.close());
  const taken = async () => {
    const { kvs } = await registries.store.range({
      key: Buffer.from('/registry/ranges/'),
      rangeEnd: Buffer.from('/registry/ranges0'),
    });
    return kvs.map((kv) => Buffer.from(kv.key).toString().split('/').pop());
  };

  test('one is chosen from the range, kept on update, and freed on delete', async () => {
    const { spec, ...rest } = await client.create(kinds.services, service('a'));
    assert.match(spec.clusterIP, /^10\.96\.0\.\d+$/);
    assert.deepEqual(spec.clusterIPs, [spec.clusterIP]);
    assert.deepEqual(await taken(), [spec.clusterIP]);
    const { clusterIP: _, clusterIPs: __, ...without } = spec;
    const updated = await client.update(kinds.services, { ...rest, spec: { ...without, ports: [{ port: 81 }] } });
    assert.equal(updated.spec.clusterIP, spec.clusterIP);
    await client.delete(kinds.services, 'a');
    assert.deepEqual(await taken(), []);
  });

  test('a chosen one is taken when it is free and in the range', async () => {
    await client.create(kinds.services, service('dns', { clusterIP: '10.96.0.10' }));
    assert.match(
      await failure(registries.at(1).create(kinds.services, service('dns2', { clusterIP: '10.96.0.10' }))),
      /^422 Invalid: Service "dns2" is invalid: spec\.clusterIPs: Invalid value: \["10\.96\.0\.10"\]: failed to allocate IP 10\.96\.0\.10: provided IP is already allocated$/,
    );
    assert.match(
      await failure(client.create(kinds.services, service('far', { clusterIP: '10.97.0.10' }))),
      /the provided IP \(10\.97\.0\.10\) is not in the valid range\. The range of valid IPs is 10\.96\.0\.0\/24$/,
    );
    await client.delete(kinds.services, 'dns');
  });

  test('two API servers never give out one address twice, and a failed create takes nothing', async () => {
    const before = (await taken()).length;
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, i) => registries.at(i % 2).create(kinds.services, service(`many-${i}`))),
    );
    assert.equal(new Set(results.map(({ spec }) => spec.clusterIP)).size, 60);
    assert.match(await failure(client.create(kinds.services, service('many-1'))), /^409 AlreadyExists/);
    assert.equal((await taken()).length, before + 60);
    await Promise.all(results.map(({ metadata }) => client.delete(kinds.services, metadata.name)));
    assert.equal((await taken()).length, before);
  });

  test('two creates with one chosen address: one of them gets it', async () => {
    const results = await Promise.allSettled(
      [0, 1].map((at) => registries.at(at).create(kinds.services, service(`same-${at}`, { clusterIP: '10.96.0.20' }))),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  test('headless and external services have none', async () => {
    assert.equal((await client.create(kinds.services, service('headless', { clusterIP: 'None' }))).spec.clusterIP, 'None');
    const external = service('external', { type: 'ExternalName', externalName: 'example.com' });
    assert.equal((await client.create(kinds.services, external)).spec.clusterIP, undefined);
  });

  test('node ports come from their range, until it is used up', async () => {
    const first = await client.create(
      kinds.services,
      service('np-1', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_002 }] }),
    );
    assert.equal(first.spec.ports[0].nodePort, 30_002);
    const ports = [
      { name: 'a', port: 1 },
      { name: 'b', port: 2 },
      { name: 'c', port: 3 },
    ];
    const rest = await client.create(kinds.services, service('np-2', { type: 'NodePort', ports }));
    assert.deepEqual(rest.spec.ports.map((port: Loose) => port.nodePort).sort(), [30_000, 30_001, 30_003]);
    assert.match(
      await failure(client.create(kinds.services, service('np-3', { type: 'NodePort' }))),
      /^500 InternalError: Internal error occurred: failed to allocate a nodePort: range is full$/,
    );
    assert.match(
      await failure(
        client.create(kinds.services, service('np-4', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_002 }] })),
      ),
      /spec\.ports\[0\]\.nodePort: Invalid value: 30002: provided port is already allocated$/,
    );
    assert.match(
      await failure(client.create(kinds.services, service('np-5', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }))),
      /spec\.ports\[0\]\.nodePort: Invalid value: 80: provided port is not in the valid range\. The range of valid ports is 30000-30003$/,
    );
    const { resourceVersion: _, ...metadata } = rest.metadata;
    const back = await client.update(kinds.services, { ...rest, metadata, spec: { ...rest.spec, type: 'ClusterIP' } });
    assert.deepEqual(
      back.spec.ports.map((port: Loose) => port.nodePort),
      [undefined, undefined, undefined],
    );
    await client.create(kinds.services, service('np-6', { type: 'NodePort' }));
  });

  test('a node port inside is refused, and nothing is taken for it', async () => {
    const before = await taken();
    assert.match(
      await failure(client.create(kinds.services, service('inside', { ports: [{ port: 80, nodePort: 30_001 }] }))),
      /spec\.ports\[0\]\.nodePort: Forbidden: may not be used when `type` is 'ClusterIP'$/,
    );
    assert.deepEqual(await taken(), before);
  });

  test('nodes tell their health on a port of its own, as long as balancers ask', async () => {
    await Promise.all(['np-1', 'np-2', 'np-6'].map((name) => client.delete(kinds.services, name)));
    const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', allocateLoadBalancerNodePorts: false };
    const local = await client.create(kinds.services, service('local', spec));
    const port = local.spec.healthCheckNodePort;
    assert.ok(port >= 30_000 && port <= 30_003);
    assert.equal(local.spec.ports[0].nodePort, undefined);
    assert.ok((await taken()).includes(String(port)));
    const cluster = { ...local, spec: { ...local.spec, externalTrafficPolicy: 'Cluster' } };
    const spread = await client.update(kinds.services, cluster);
    assert.equal(spread.spec.healthCheckNodePort, undefined);
    assert.ok(!(await taken()).includes(String(port)));
    await client.delete(kinds.services, 'local');
  });

  test('there is one family, but for whoever writes endpoints alone', async () => {
    assert.match(
      await failure(client.create(kinds.services, service('six', { ipFamilies: ['IPv6'], ipFamilyPolicy: 'RequireDualStack' }))),
      /\[spec\.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster, spec\.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services\]$/,
    );
    const families = async (name: string, members: object) => {
      const { spec } = await client.create(kinds.services, service(name, { clusterIP: 'None', ...members }));
      return [spec.ipFamilyPolicy, spec.ipFamilies];
    };
    assert.deepEqual(await families('open', { selector: {} }), ['RequireDualStack', ['IPv4', 'IPv6']]);
    assert.deepEqual(await families('closed', { selector: { app: 'a' } }), ['SingleStack', ['IPv4']]);
  });

  test('a dry run takes nothing', async () => {
    const before = await taken();
    await client.create(kinds.services, service('dry'), { options: { ...writeOptions, dryRun: true } });
    assert.deepEqual(await taken(), before);
  });
});
