import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { seededRandom, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { authorization } from '../auth/authorization.js';
import { type Client, configMap, failure, pod, Registries } from '../testing/registries.js';
import { WebhookClient } from '../webhooks/webhook-client.js';
import { admissionPlugins } from './plugins/plugins.js';

describe('admission', () => {
  const registries = new Registries(2, systemClock, (store) => store, undefined, undefined, []);
  const client = registries.at();
  before(async () => {
    await client.namespace();
    for (const name of ['default', 'robot']) await client.create(kinds.serviceAccounts, { metadata: { name } });
  });
  after(() => registries.close());

  function kubelet(node: string): Client {
    const own = registries.at();
    own.user = { username: `system:node:${node}`, uid: '', groups: ['system:nodes'], extra: {} };
    return own;
  }

  test('pods get a service account, a priority and tolerations, unless they have their own', async () => {
    const { spec } = await client.create(kinds.pods, pod('defaulted'));
    assert.deepEqual([spec.serviceAccountName, spec.priority], ['default', 0]);
    assert.deepEqual(spec.tolerations, [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ]);
    const tolerations = [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }];
    const own = await client.create(
      kinds.pods,
      pod('own', { spec: { serviceAccountName: 'robot', priorityClassName: 'system-node-critical', tolerations } }),
    );
    assert.deepEqual([own.spec.serviceAccountName, own.spec.priority, own.spec.tolerations.length], ['robot', 2_000_001_000, 2]);
    assert.match(
      await failure(client.create(kinds.pods, pod('classy', { spec: { priorityClassName: 'silver' } }))),
      /^403 Forbidden: pods "classy" is forbidden: no PriorityClass with name silver was found$/,
    );
  });

  test('who sends again what a pod was made of takes nothing away that plugins have added', async () => {
    const tolerations = [{ key: 'a', operator: 'Exists' }];
    const made = await client.create(
      kinds.pods,
      pod('again', { spec: { priorityClassName: 'system-node-critical', tolerations } }),
    );
    const { priority: _, preemptionPolicy: __, ...rest } = made.spec;
    const { spec } = await client.update(kinds.pods, { ...made, spec: { ...rest, tolerations } });
    assert.deepEqual(spec, made.spec);
    const patched = await client.patch(kinds.pods, 'again', { spec: { tolerations, priority: null, preemptionPolicy: null } });
    assert.deepEqual([patched.spec, patched.metadata.generation], [made.spec, 1]);
  });

  test('priority classes give pods their priority', async () => {
    await client.create(kinds.priorityClasses, { metadata: { name: 'gold' }, value: 1_000 });
    const gold = await client.create(kinds.pods, pod('golden', { spec: { priorityClassName: 'gold' } }));
    assert.deepEqual([gold.spec.priority, gold.spec.preemptionPolicy], [1_000, 'PreemptLowerPriority']);
    assert.match(
      await failure(client.create(kinds.pods, pod('cheat', { spec: { priorityClassName: 'gold', priority: 5_000 } }))),
      /^403 Forbidden: .*the integer value of priority \(5000\) must not be provided in pod spec/,
    );
    await client.create(kinds.priorityClasses, {
      metadata: { name: 'usual' },
      value: 7,
      globalDefault: true,
      preemptionPolicy: 'Never',
    });
    await client.list(kinds.priorityClasses); // the cache knows it now
    const usual = await client.create(kinds.pods, pod('usual'));
    assert.deepEqual([usual.spec.priorityClassName, usual.spec.priority, usual.spec.preemptionPolicy], ['usual', 7, 'Never']);
    assert.equal(
      await failure(client.create(kinds.priorityClasses, { metadata: { name: 'second' }, value: 8, globalDefault: true })),
      '403 Forbidden: priorityclasses.scheduling.k8s.io "second" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    );
    await client.delete(kinds.priorityClasses, 'usual');
    await client.list(kinds.priorityClasses);
  });

  test('a namespace that another API server has just made is there', async () => {
    await client.create(kinds.configMaps, configMap('warm-up'));
    await registries.at(1).namespace('fresh');
    await client.create(kinds.configMaps, configMap('x'), { namespace: 'fresh' });
  });

  test('a new node takes no pods yet', async () => {
    const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
    const created = await client.create(kinds.nodes, { metadata: { name: 'new' } });
    assert.deepEqual(created.spec.taints, [taint]);
    assert.deepEqual((await client.create(kinds.nodes, { metadata: { name: 'newer' }, spec: { taints: [taint] } })).spec.taints, [
      taint,
    ]);
  });

  test('a kubelet writes to its own node, lease and pods alone', async () => {
    const node1 = kubelet('node-1');
    await node1.create(kinds.nodes, { metadata: { name: 'node-1' } });
    await client.create(kinds.nodes, { metadata: { name: 'node-2' } });
    await client.create(kinds.pods, pod('mine', { spec: { nodeName: 'node-1' } }));
    await client.create(kinds.pods, pod('others', { spec: { nodeName: 'node-2' } }));
    await client.namespace('kube-node-lease');
    const status = { subresource: 'status' };
    const lease = (name: string, namespace: string) => node1.create(kinds.leases, { metadata: { name } }, { namespace });

    await node1.patch(kinds.nodes, 'node-1', { status: { phase: 'x' } }, status);
    await node1.patch(kinds.pods, 'mine', { status: { phase: 'Running' } }, status);
    await lease('node-1', 'kube-node-lease');

    const cases: readonly (readonly [Promise<unknown>, RegExp])[] = [
      [node1.create(kinds.nodes, { metadata: { name: 'node-3' } }), /node "node-1" is not allowed to modify node "node-3"$/],
      [
        node1.patch(kinds.nodes, 'node-2', { metadata: { labels: { a: 'b' } } }),
        /node "node-1" is not allowed to modify node "node-2"$/,
      ],
      [node1.delete(kinds.nodes, 'node-1'), /node "node-1" is not allowed to delete itself$/],
      [
        node1.patch(kinds.pods, 'others', { status: { phase: 'Failed' } }, status),
        /can only update pod status for pods with spec\.nodeName set to itself$/,
      ],
      [
        node1.patch(kinds.pods, 'mine', { metadata: { labels: { a: 'b' } } }),
        /unexpected operation "UPDATE", node "node-1" can only create and delete mirror pods$/,
      ],
      [node1.delete(kinds.pods, 'others'), /can only delete pods with spec\.nodeName set to itself$/],
      [node1.create(kinds.pods, pod('sneaky')), /can only create mirror pods$/],
      [lease('node-2', 'kube-node-lease'), /can only access node lease with the same name as the requesting node$/],
      [lease('node-1', 'default'), /can only access leases in the "kube-node-lease" system namespace$/],
    ];
    for (const [call, expected] of cases) assert.match(await failure(call), expected);
    await node1.delete(kinds.pods, 'mine', { gracePeriodSeconds: 0 });
  });
});

test('plugins are switched on and off by name', async () => {
  const { authorizer } = authorization(['AlwaysAllow']);
  const webhooks = new WebhookClient(systemClock, seededRandom(1));
  const names = (enableAdmissionPlugins: readonly string[], disableAdmissionPlugins: readonly string[]) => {
    const tools = { clock: systemClock, random: seededRandom(1), log: silentLogger };
    const seconds = { defaultNotReadyTolerationSeconds: 300, defaultUnreachableTolerationSeconds: 300 };
    const lists = { enableAdmissionPlugins, disableAdmissionPlugins };
    return admissionPlugins({ ...seconds, ...lists, webhooks, authorizer, ...tools }).map(({ name }) => name);
  };
  assert.ok(names([], []).indexOf('MutatingAdmissionWebhook') < names([], []).indexOf('ValidatingAdmissionWebhook'));
  assert.deepEqual(
    names([], ['Priority', 'ServiceAccount']),
    names([], []).filter((name) => name !== 'Priority' && name !== 'ServiceAccount'),
  );
  assert.throws(() => names(['Nope'], []), new RangeError('enable-admission-plugins plugin "Nope" is unknown'));
  assert.throws(() => names([], ['Nope']), new RangeError('disable-admission-plugins plugin "Nope" is unknown'));
  assert.throws(
    () => names(['Priority'], ['Priority']),
    new RangeError('[Priority] in enable-admission-plugins and disable-admission-plugins overlapped'),
  );
  await webhooks.close();
});
