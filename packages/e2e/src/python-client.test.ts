import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout, TestCluster } from './harness/cluster.js';
import { output } from './harness/command.js';

const script = join(checkout, 'packages/e2e/scripts/python_client.py');
let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
});
after(() => cluster?.wipe());

test("Debian's Python client: create, list, patch, delete, a watch resumed by resource version, the dynamic client", async () => {
  await output('/usr/bin/python3', [script, cluster.kubeconfig]);
});
