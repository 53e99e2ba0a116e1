import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Definition, kinds } from '@flotilla/api';
import { ManualClock, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { Registries } from '../testing/registries.js';
import { compactPeriodically } from './compaction.js';
import { ensureDefaults } from './ensure.js';
import { keepKubernetesService, leaveKubernetesService } from './kubernetes-service.js';
import { MasterLeases } from './master-leases.js';
import { defaultPolicy } from './policy/policy.js';

const never = new AbortController().signal;

test('three API servers bootstrap one cluster at once, and again, without harm', async (t) => {
  const registries = new Registries(3);
  t.after(() => registries.close());
  await Promise.all(registries.all.map((registry) => ensureDefaults(registry, never)));
  await Promise.all(registries.all.map((registry) => ensureDefaults(registry, never)));
  const namespaces = await registries.at().get(kinds.namespaces, 'kube-system');
  assert.equal(namespaces.status.phase, 'Active');
  const policy = await registries.at().registry.cached(kinds.clusterRoles as unknown as Definition);
  const admin = policy.get('', 'cluster-admin') as unknown as { rules: unknown[] };
  assert.equal(admin.rules.length, 2);
});

test('every binding names a role that exists, and nothing occurs twice', () => {
  const keys = new Set<string>();
  const roles = new Set<string>();
  for (const { definition, object } of defaultPolicy()) {
    const key = `${definition.plural}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    assert.equal(keys.has(key), false, key);
    keys.add(key);
    if (!('roleRef' in object)) roles.add(`${definition.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  }
  for (const { object } of defaultPolicy()) {
    if (!('roleRef' in object)) continue;
    const { kind, name } = object.roleRef as { kind: string; name: string };
    assert.ok(roles.has(`${kind}/${kind === 'Role' ? object.metadata.namespace : ''}/${name}`), name);
  }
});

test('the kubernetes Service lists the API servers that live', async (t) => {
  const registries = new Registries(1, systemClock);
  t.after(() => registries.close());
  const client = registries.at();
  await ensureDefaults(client.registry, never);
  const serverAt = (address: string) => {
    const stop = new AbortController();
    const leases = new MasterLeases(registries.store, '/registry', address);
    const options = {
      registry: client.registry,
      leases,
      clusterIp: '10.96.0.1',
      port: 6443,
      clock: systemClock,
      log: silentLogger,
    };
    const kept = keepKubernetesService({ ...options, signal: stop.signal });
    return { kept, leave: () => leaveKubernetesService({ ...options, signal: never }), stop };
  };
  const addresses = async () => {
    const found = await client.registry.cached(kinds.endpointSlices as unknown as Definition);
    const slice = found.get('default', 'kubernetes') as unknown as { endpoints: { addresses: string[] }[] } | undefined;
    return (slice?.endpoints ?? []).flatMap((endpoint) => endpoint.addresses).join(' ');
  };
  const becomes = async (wanted: string) => {
    while ((await addresses()) !== wanted) await new Promise((resolve) => setImmediate(resolve));
  };
  const one = serverAt('192.168.7.1');
  await becomes('192.168.7.1');
  const two = serverAt('192.168.7.2');
  await becomes('192.168.7.1 192.168.7.2');
  assert.equal((await client.get(kinds.services, 'kubernetes')).spec.clusterIP, '10.96.0.1');
  one.stop.abort(new Error('stop'));
  await one.kept;
  await one.leave();
  await becomes('192.168.7.2');
  const { subsets } = await client.get(kinds.endpoints, 'kubernetes');
  assert.deepEqual(subsets, [{ addresses: [{ ip: '192.168.7.2' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] }]);
  two.stop.abort(new Error('stop'));
  await two.kept;
});

test('history is dropped one interval behind, once for all API servers', async (t) => {
  const registries = new Registries(1);
  const stop = new AbortController();
  t.after(() => registries.close());
  const clock = new ManualClock();
  const compacted: number[] = [];
  const { store } = registries;
  const watched = new Proxy(store, {
    get(target, name) {
      if (name !== 'compact') return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
      return (revision: number) => {
        compacted.push(revision);
        return target.compact(revision);
      };
    },
  });
  const servers = [1, 2].map(() => compactPeriodically(watched, 1_000, { clock, log: silentLogger, signal: stop.signal }));
  const put = async () => (await store.put({ key: Buffer.from('/registry/x'), value: Buffer.from('v') })).revision;
  /** Both loops have done their round and sleep again. */
  const round = async () => {
    clock.advance(1_000);
    while (clock.pending < 2) await new Promise((resolve) => setImmediate(resolve));
  };
  const early = await put();
  await round();
  const late = await put();
  await round();
  await round();
  stop.abort(new Error('stop'));
  await Promise.all(servers);
  assert.equal(compacted.length, 2, 'one compaction per interval, none in the first');
  assert.ok(compacted[0]! >= early && compacted[0]! < late, `${compacted} ${early} ${late}`);
  await assert.rejects(store.range({ key: Buffer.from('/registry/x'), revision: early - 1 || 1 }), /compacted/);
});
