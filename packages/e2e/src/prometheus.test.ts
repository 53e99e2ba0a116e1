import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout, TestCluster } from './harness/cluster.js';
import { eventually } from './harness/eventually.js';
import { Prometheus } from './harness/prometheus.js';

let cluster: TestCluster;
let prometheus: Prometheus;

before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
  await cluster.kubectl(['apply', '-f', join(checkout, 'packages/examples/prometheus/rbac.yaml')]);
  await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify(measuredPod) });
  await cluster.kubectl(['wait', '--for=condition=Ready', 'pod/measured', '--timeout=30s']);
  const [, ca = '', , cert = '', , key = ''] = await cluster.curlCredentials();
  const { address: front } = await cluster.process(({ component }) => component === 'loadbalancer');
  prometheus = await Prometheus.start({
    apiUrl: cluster.apiUrl,
    statsAddress: front.replace(/\d+$/, (port) => String(Number(port) + 1_000)), // as the harness chooses it
    files: {
      'ca.crt': readFileSync(ca, 'utf8'),
      token: (await cluster.kubectl(['create', 'token', 'prometheus'])).trim(),
      'client.crt': readFileSync(cert, 'utf8'),
      'client.key': readFileSync(key, 'utf8'),
    },
  });
});
after(async () => {
  await prometheus?.stop();
  await cluster?.wipe();
});

/** A pod that says of itself that it has metrics. */
const measuredPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'measured', annotations: { 'prometheus.io/scrape': 'true' } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'measured',
        image: 'none',
        command: [
          process.execPath,
          '-e',
          `require('http').createServer((_, r) => r.end('answers 42\\n')).listen(8080, process.env.POD_IP)`,
        ],
        ports: [{ containerPort: 8080 }],
      },
    ],
  },
};

const jobs = ['apiserver', 'controller-manager', 'kubelet', 'loadbalancer', 'pods', 'proxy', 'scheduler', 'store'];

test('Prometheus scrapes every component, and the pods that ask for it', async () => {
  await eventually('every target is up', async () => {
    const targets = await prometheus.targets();
    const sick = targets.filter(({ health }) => health !== 'up').map(({ scrapeUrl, lastError }) => `${scrapeUrl}: ${lastError}`);
    assert.deepEqual(sick, []);
    assert.deepEqual(targets.map(({ labels }) => labels['job']).sort(), jobs);
  });
  await eventually('the API server counts its requests', async () => {
    const found = await prometheus.query('apiserver_request_total{job="apiserver",verb="LIST",resource="pods",code="200"}');
    assert.ok(found.some(({ value }) => value > 0));
  });
  for (const query of [
    'apiserver_admission_controller_admission_duration_seconds_count{name="NamespaceLifecycle",type="admit",operation="CREATE"}',
    'apiserver_watch_cache_events_received_total{group="",resource="pods"}',
  ]) {
    await eventually(query, async () => assert.ok((await prometheus.query(query)).some(({ value }) => value > 0)));
  }
  await eventually('the pod is scraped', async () => {
    const answers = await prometheus.query('answers');
    assert.deepEqual(
      answers.map(({ metric, value }) => [metric['namespace'], metric['pod'], value]),
      [['default', 'measured', 42]],
    );
  });
});
