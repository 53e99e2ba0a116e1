import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type KubernetesObject, kinds, type PersistentVolumeClaim, type Pod } from '@flotilla/api';
import type { ApiClient } from '@flotilla/client';
import { eventually, type FakeCluster } from '@flotilla/client/testing';
import { type RunningControllers, startControllers } from '../testing/running-controllers.js';
import { pvProtectionController } from './pv-protection/index.js';
import { pvcProtectionController } from './pvc-protection/index.js';
import { resourceQuotaController } from './resource-quota/index.js';

const namespace = 'default';

describe('quotas and protected storage, on one API server', () => {
  let cluster: FakeCluster;
  let client: ApiClient;
  let running: RunningControllers;

  beforeEach(async () => {
    const controllers = [resourceQuotaController, pvcProtectionController, pvProtectionController];
    running = await startControllers(controllers);
    ({ cluster, client } = running);
  });
  afterEach(() => running.stop());

  const pod = (name: string, spec: Partial<Pod['spec']> = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '100m' } } }], ...spec },
  });
  const pods = () => client.resource(kinds.pods);

  test('a quota tells what is used, and what is freed', async () => {
    await pods().create(pod('a'));
    await pods().create(pod('b'));
    const hard = { pods: '5', 'requests.cpu': '1', 'count/configmaps': '3', 'count/pods': '9' };
    const quotas = client.resource(kinds.resourceQuotas);
    await quotas.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace }, spec: { hard } });
    const used = async () => JSON.stringify((await quotas.get('q', { namespace })).status?.used);
    const expected = (count: string, cpu: string, all: string) =>
      JSON.stringify({ pods: count, 'requests.cpu': cpu, 'count/configmaps': '0', 'count/pods': all });
    await eventually('counted', async () => (await used()) === expected('2', '200m', '2'));
    const ended = { ...(await pods().get('a', { namespace })), status: { phase: 'Succeeded' } };
    await pods().updateStatus(ended);
    await eventually('a pod that has ended is free', async () => (await used()) === expected('1', '100m', '2'));
    await pods().delete('b', { namespace });
    await eventually('a pod that has gone is free', async () => (await used()) === expected('0', '0', '1'));
    const q = await quotas.get('q', { namespace });
    await quotas.update({ ...q, spec: { hard: { pods: '7' } } });
    await eventually('the limits follow', async () => {
      const { status } = await quotas.get('q', { namespace });
      return JSON.stringify(status) === '{"hard":{"pods":"7"},"used":{"pods":"0"}}';
    });
  });

  test('a claim goes after the pods that use it, a volume after its claim', async () => {
    const claims = client.resource(kinds.persistentVolumeClaims);
    const volumes = client.resource(kinds.persistentVolumes);
    const finalizersOf = ({ metadata }: KubernetesObject) => (metadata.finalizers ?? []).join();
    const claim: PersistentVolumeClaim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    await claims.create(claim);
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'disk' },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
    };
    await volumes.create(volume);
    await eventually('guarded', async () => {
      const [c, v] = [await claims.get('data', { namespace }), await volumes.get('disk')];
      return finalizersOf(c) === 'kubernetes.io/pvc-protection' && finalizersOf(v) === 'kubernetes.io/pv-protection';
    });
    await volumes.updateStatus({ ...(await volumes.get('disk')), status: { phase: 'Bound' } });
    const mount = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] };
    await pods().create(pod('user', mount));
    await claims.delete('data', { namespace });
    await volumes.delete('disk');
    // What comes later is handled later: when this claim is guarded, the deletion has been looked at.
    await claims.create({ ...claim, metadata: { name: 'next', namespace } });
    await eventually('looked at', async () => finalizersOf(await claims.get('next', { namespace })) !== '');
    assert.ok((await claims.get('data', { namespace })).metadata.deletionTimestamp !== undefined);
    await pods().delete('user', { namespace });
    const gone = (list: readonly KubernetesObject[], name: string) => !list.some(({ metadata }) => metadata.name === name);
    await eventually('the claim goes', () => gone(cluster.storage.list(kinds.persistentVolumeClaims, namespace), 'data'));
    assert.ok(!gone(cluster.storage.list(kinds.persistentVolumes, ''), 'disk'));
    await volumes.updateStatus({ ...(await volumes.get('disk')), status: { phase: 'Released' } });
    await eventually('the volume goes', () => gone(cluster.storage.list(kinds.persistentVolumes, ''), 'disk'));
  });
});
