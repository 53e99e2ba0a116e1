import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { systemClock } from '@flotilla/process';
import { failure, type Loose, pod, Registries } from '../../../testing/registries.js';

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

describe('ServiceAccount', () => {
  const registries = new Registries(1, systemClock, (store) => store, undefined, undefined, []);
  const client = registries.at();
  before(async () => {
    await client.namespace();
    const account = (name: string, more: Loose = {}) =>
      client.create(kinds.serviceAccounts, { ...more, metadata: { name, ...more.metadata } });
    await account('default', { imagePullSecrets: [{ name: 'regcred' }] });
    await account('quiet', { automountServiceAccountToken: false });
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
    await account('strict', { metadata: { annotations }, secrets: [{ name: 'listed' }] });
  });
  after(() => registries.close());

  const create = (spec: Loose, metadata: Loose = {}) =>
    client.create(kinds.pods, pod('', { spec, metadata: { generateName: 'p-', ...metadata } }));

  test('a pod gets the default account, its token and its pull secrets', async () => {
    const { spec } = await create({ initContainers: [{ name: 'i', image: 'i' }] });
    assert.deepEqual([spec.serviceAccountName, spec.serviceAccount], ['default', 'default']);
    assert.deepEqual(spec.imagePullSecrets, [{ name: 'regcred' }]);
    const [{ name, projected }] = spec.volumes;
    assert.match(name, /^kube-api-access-[a-z0-9]{5}$/);
    assert.deepEqual(projected, {
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    });
    for (const { volumeMounts } of [...spec.containers, ...spec.initContainers]) {
      assert.deepEqual(volumeMounts, [{ name, readOnly: true, mountPath: tokenPath }]);
    }
  });

  test('who wants no token gets none', async () => {
    const volumesOf = async (spec: Loose) => (await create(spec)).spec.volumes?.length ?? 0;
    assert.equal(await volumesOf({ serviceAccountName: 'quiet' }), 0);
    assert.equal(await volumesOf({ automountServiceAccountToken: false }), 0);
    assert.equal(await volumesOf({ serviceAccountName: 'quiet', automountServiceAccountToken: true }), 1);
    const volumeMounts = [{ name: 'own', mountPath: tokenPath }];
    const containers = [{ name: 'c', image: 'i', volumeMounts }];
    assert.equal(await volumesOf({ containers, volumes: [{ name: 'own', emptyDir: {} }] }), 1);
  });

  test('the account must exist', async () => {
    assert.equal(
      await failure(client.create(kinds.pods, pod('p', { spec: { serviceAccountName: 'x' } }))),
      '403 Forbidden: pods "p" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    );
  });

  test('the account of a new namespace is waited for', async () => {
    await client.namespace('young');
    const created = client.create(kinds.pods, pod('early'), { namespace: 'young' });
    await client.create(kinds.serviceAccounts, { metadata: { name: 'default' } }, { namespace: 'young' });
    assert.equal((await created).spec.serviceAccountName, 'default');
  });

  const refusals: readonly (readonly [string, Loose, string])[] = [
    [
      'volumes',
      { volumes: [{ name: 'v', secret: { secretName: 'other' } }] },
      'volume with secret.secretName="other" is not allowed because service account strict does not reference that secret',
    ],
    [
      'variables',
      {
        containers: [{ name: 'c', image: 'i', env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'other', key: 'k' } } }] }],
      },
      'container c with envVar E referencing secret.secretName="other" is not allowed because service account strict does not reference that secret',
    ],
    [
      'groups of variables',
      { initContainers: [{ name: 'i', image: 'i', envFrom: [{ secretRef: { name: 'other' } }] }] },
      'init container i with envFrom referencing secret.secretName="other" is not allowed because service account strict does not reference that secret',
    ],
    [
      'pull secrets',
      { imagePullSecrets: [{ name: 'other' }] },
      'imagePullSecrets[0].name="other" is not allowed because service account strict does not reference that imagePullSecret',
    ],
  ];
  for (const [name, spec, expected] of refusals) {
    test(`accounts that list their secrets: ${name}`, async () => {
      const call = client.create(kinds.pods, pod('p', { spec: { serviceAccountName: 'strict', ...spec } }));
      assert.equal(await failure(call), `403 Forbidden: pods "p" is forbidden: ${expected}`);
    });
  }

  test('a listed secret may be used', async () => {
    await create({ serviceAccountName: 'strict', volumes: [{ name: 'v', secret: { secretName: 'listed' } }] });
  });

  test('mirror pods have no account', async () => {
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    const { spec } = await create({ nodeName: 'n' }, { annotations });
    assert.deepEqual([spec.serviceAccountName, spec.volumes], [undefined, undefined]);
    assert.match(
      await failure(create({ nodeName: 'n', serviceAccountName: 'default' }, { annotations })),
      /^403 Forbidden: pods "p-\w+" is forbidden: a mirror pod may not reference service accounts$/,
    );
  });
});
