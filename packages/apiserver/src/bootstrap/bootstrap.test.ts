import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type Definition, type KubernetesObject, kinds } from '@flotilla/api';
import { ManualClock, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import type { PolicyRule } from '../auth/authorizers/authorizer.js';
import { missingRules } from '../auth/authorizers/rbac/covers.js';
import { Registries } from '../testing/registries.js';
import { compactPeriodically } from './compaction.js';
import { ensureDefaults } from './ensure.js';
import { keepKubernetesService, leaveKubernetesService } from './kubernetes-service.js';
import { MasterLeases } from './master-leases.js';
import { roleBindings } from './policy/bindings.js';
import { controllerRoles } from './policy/controller-roles.js';
import { allow, events, readWrite } from './policy/notation.js';
import { defaultPolicy } from './policy/policy.js';
import { reconcilePolicy } from './policy/reconcile.js';

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

const role = (rules: readonly object[], metadata: object = {}) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'r', ...metadata },
  rules,
});
const binding = (ref: string, subjects: readonly object[], metadata: object = {}) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: 'r', ...metadata },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: ref },
  subjects,
});
const get = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const list = { ...get, verbs: ['list'] };
const [ann, bob] = ['ann', 'bob'].map((name) => ({ kind: 'User', name }));
const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

/** What is there, what should be, and what becomes of it. */
const reconcileTable: readonly (readonly [string, object, object, unknown])[] = [
  ['all there', role([get, list]), role([get]), 'keep'],
  ['a rule is missing', role([list]), role([get, list]), { update: role([list, get]) }],
  ['a label is missing', role([get]), role([get], { labels }), { update: role([get], { labels }) }],
  ['a label has another value', role([get], { labels: { a: 'false' } }), role([get], { labels: { a: 'true' } }), 'keep'],
  ['a role is aggregated', { ...role([get]), aggregationRule: {} }, role([get, list]), { update: role([get, list]) }],
  ['protected', role([], { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } }), role([get]), 'keep'],
  ['a subject is missing', binding('x', [ann!]), binding('x', [bob!]), { update: binding('x', [ann!, bob!]) }],
  ['another role is bound', binding('y', [ann!]), binding('x', [ann!]), 'recreate'],
];
for (const [what, existing, wanted, expected] of reconcileTable) {
  test(`default policy, ${what}`, () => {
    assert.deepEqual(reconcilePolicy(existing as KubernetesObject, wanted), expected);
  });
}

test('what was taken from a default role comes back when an API server starts', async (t) => {
  const registries = new Registries(1);
  t.after(() => registries.close());
  const client = registries.at();
  await ensureDefaults(client.registry, never);
  const before = await client.get(kinds.clusterRoles, 'view');
  const node = await client.get(kinds.clusterRoles, 'system:node');
  await client.update(kinds.clusterRoles, { ...node, rules: [] });
  await client.registry.delete(kinds.clusterRoleBindings as unknown as Definition, {
    ...client.context,
    name: 'system:discovery',
    options: { dryRun: false },
  });
  const cached = await client.registry.cached(kinds.clusterRoles as unknown as Definition);
  while ((cached.get('', 'system:node') as unknown as { rules: unknown[] }).rules.length > 0)
    await new Promise((resolve) => setImmediate(resolve));
  await ensureDefaults(client.registry, never);
  const again = await client.get(kinds.clusterRoles, 'system:node');
  assert.deepEqual(missingRules(again.rules, node.rules), []);
  assert.equal((await client.get(kinds.clusterRoleBindings, 'system:discovery')).subjects.length, 1);
  assert.equal((await client.get(kinds.clusterRoles, 'view')).metadata.resourceVersion, before.metadata.resourceVersion);
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

/** What Kubernetes 1.34 lets its components and controllers do where it is easily taken for less, or more. */
const ruleTable: readonly (readonly [string, PolicyRule])[] = [
  ['system:controller:namespace-controller', allow('delete deletecollection get list watch', '*', '*')],
  ['system:controller:node-controller', allow('delete get list patch update watch', 'core', 'nodes')],
  ['system:controller:node-controller', allow('delete get list watch', 'core', 'pods')],
  ['system:controller:cronjob-controller', allow('delete list watch', 'core', 'pods')],
  ['system:controller:horizontal-pod-autoscaler', allow('list watch', 'metrics.k8s.io', 'pods')],
  ['system:node', allow('create patch update', 'core', 'events')],
  ['system:node', allow('deletecollection', 'resource.k8s.io', 'resourceslices')],
  ['system:kube-scheduler', allow('update', 'core', 'pods/finalizers')],
  ['system:kube-scheduler', allow(readWrite, 'coordination.k8s.io', 'leasecandidates')],
  ['system:kubelet-api-admin', allow('*', 'core', 'nodes/configz nodes/healthz nodes/pods')],
  ['system:monitoring', allow('get', 'core', 'nodes/metrics')],
  ['system:controller:expand-controller', allow('get', 'core', 'services')],
  ['system:controller:persistent-volume-binder', allow('get', 'core', 'services')],
  ['system::leader-locking-kube-scheduler', allow('create get list update watch', 'coordination.k8s.io', 'leases')],
  [
    'system::leader-locking-kube-controller-manager',
    allow('create get list update watch', 'coordination.k8s.io', 'leasecandidates'),
  ],
];
test('roles are those of Kubernetes', () => {
  const roles = defaultPolicy().map(
    ({ object }) => object as { readonly metadata: { name: string }; readonly rules?: unknown[] },
  );
  for (const [name, rule] of ruleTable) {
    const sameSubject = (other: unknown) => isDeepStrictEqual({ ...(other as object), verbs: rule.verbs }, rule);
    assert.deepEqual(
      roles.find(({ metadata, rules }) => metadata.name === name && rules !== undefined)?.rules?.filter(sameSubject),
      [rule],
      name,
    );
  }
});

test('rules and subjects come in the order of Kubernetes', () => {
  const statefulSets = controllerRoles.find(({ name }) => name === 'system:controller:statefulset-controller');
  assert.deepEqual(statefulSets?.rules.slice(-3), [
    events,
    allow('delete update', 'core', 'persistentvolumeclaims'),
    allow('update', 'core', 'pods/finalizers'),
  ]);
  const lock = roleBindings.find(({ name }) => name === 'system::leader-locking-kube-controller-manager');
  assert.deepEqual(
    lock?.subjects.map(({ name }) => name),
    ['system:kube-controller-manager', 'kube-controller-manager', 'leader-election-controller'],
  );
});
