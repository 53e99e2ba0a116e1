import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { localCluster } from '../topology/cluster.js';
import { ensureClusterPki } from './cluster-pki.js';

const cluster = localCluster({
  controlPlanes: 1,
  nodes: 1,
  apiPort: 6443,
  clusterCidr: '127.10.0.0/16',
  controlPlaneCidr: '127.11.0.0/16',
  serviceCidr: '127.96.0.0/16',
});
const dayMs = 86_400_000;

test('certificates carry the identities and addresses that the cluster checks; a second run keeps them until they end', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const nowMs = Date.now();
  assert.ok((await ensureClusterPki(folder, cluster, nowMs)) > 20);
  const read = (name: string) => new X509Certificate(readFileSync(join(folder, name)));
  const ca = read('ca.crt');
  const apiserver = read('apiserver-control-plane-1.crt');
  assert.ok(apiserver.verify(ca.publicKey));
  for (const host of ['127.0.0.1', '127.11.1.1', '127.96.0.1']) assert.equal(apiserver.checkIP(host), host);
  for (const host of ['kubernetes.default.svc', 'localhost']) assert.equal(apiserver.checkHost(host), host);
  assert.ok(!read('store-control-plane-1.crt').verify(ca.publicKey), 'the store has an authority of its own');
  const kubeconfig = parse(readFileSync(join(folder, 'kubelet-node-1.conf'), 'utf8'));
  const kubelet = new X509Certificate(Buffer.from(kubeconfig.users[0].user['client-certificate-data'], 'base64'));
  assert.equal(kubelet.subject, 'O=system:nodes\nCN=system:node:node-1');
  assert.equal(kubeconfig.clusters[0].cluster.server, 'https://127.0.0.1:6443');
  for (const file of readdirSync(folder))
    assert.equal(statSync(join(folder, file)).mode & 0o077, 0, `${file} is for its owner alone`);

  assert.equal(await ensureClusterPki(folder, cluster, nowMs), 0, 'a second run changes nothing');
  const renewed = await ensureClusterPki(folder, cluster, nowMs + 340 * dayMs);
  assert.ok(renewed > 15);
  assert.notEqual(read('apiserver-control-plane-1.crt').serialNumber, apiserver.serialNumber);
  assert.equal(read('ca.crt').serialNumber, ca.serialNumber, 'the authority lasts longer');
  assert.equal(
    await ensureClusterPki(folder, { ...cluster, apiPort: 7443 }, nowMs + 340 * dayMs),
    5,
    'kubeconfigs follow the URL',
  );
});
