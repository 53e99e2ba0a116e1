import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkout, TestCluster } from './harness/cluster.js';
import { output } from './harness/command.js';

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
});
after(() => cluster?.wipe());

for (const [script, what] of [
  ['python_client', 'create, list, patch, delete, a watch resumed by resource version, the dynamic client'],
  ['python_dynamic', 'server-side apply, patches, pages, custom resources, objects from YAML'],
  ['python_pods', 'exec, attach, port-forward, logs, a client inside a pod, an election'],
] as const) {
  test(`Debian's Python client: ${what}`, async () => {
    await output('/usr/bin/python3', [join(checkout, `packages/e2e/scripts/${script}.py`), cluster.kubeconfig]);
  });
}
