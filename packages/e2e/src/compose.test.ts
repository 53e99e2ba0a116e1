import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkout } from './harness/cluster.js';
import { output, run } from './harness/command.js';
import { DockerEngine } from './harness/docker-engine.js';
import { eventually } from './harness/eventually.js';
import { kubectlBinaries } from './harness/kubectl.js';

const image = 'flotilla-base:e2e';
/** Ports that a cluster of this machine's user does not have. */
const ports = { API_PORT: '26443', STATS_PORT: '28404', HELLO_PORT: '28080' };
const buildTimeoutMs = 600_000;

describe('docker compose up', () => {
  let engine: DockerEngine;
  let folder: string;
  const compose = (...args: string[]) =>
    engine.compose(
      ['--project-name', 'flotilla-e2e', '--project-directory', checkout, '-f', join(checkout, 'docker-compose.yml'), ...args],
      { BASE_IMAGE: image, ...ports },
    );
  const kubectl = (...args: string[]) =>
    output(kubectlBinaries().at(-1)!.path, ['--kubeconfig', join(folder, 'admin.conf'), ...args]);

  before(
    async () => {
      folder = mkdtempSync(join(tmpdir(), 'flotilla-compose-'));
      engine = await DockerEngine.start();
      await output(join(checkout, 'packages/e2e/scripts/base-image'), [image], { env: engine.env, timeoutMs: buildTimeoutMs });
      const build = [
        'build',
        '--network',
        'host',
        '--build-arg',
        `BASE_IMAGE=${image}`,
        '-f',
        'packages/cli/Dockerfile',
        '-t',
        'flotilla:0.1.0',
        '.',
      ];
      await output('docker', build, { env: engine.env, cwd: checkout, timeoutMs: buildTimeoutMs });
      const up = await compose('up', '-d', '--no-build');
      assert.equal(up.code, 0, up.stderr);
    },
    { timeout: 2 * buildTimeoutMs },
  );
  after(async () => {
    if (engine !== undefined) {
      await compose('down', '--volumes', '--timeout', '20');
      await engine.stop();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('three nodes are Ready and the example answers from every pod, through any node', async (t) => {
    const container = (await compose('ps', '-q', 'control-plane-1')).stdout.trim();
    await output('docker', ['cp', `${container}:/pki/admin-external.conf`, join(folder, 'admin.conf')], { env: engine.env });
    await kubectl('wait', 'nodes', '--all', '--for=condition=Ready', '--timeout=60s');
    t.diagnostic(await kubectl('get', 'nodes', '-o', 'wide'));
    assert.equal((await kubectl('get', 'nodes', '-o', 'name')).trim().split('\n').length, 3);
    // Compose does not wait for the container that applies it.
    await eventually('the example is applied', () => kubectl('get', 'deployment', 'hello'));
    await kubectl('rollout', 'status', 'deployment/hello', '--timeout=60s');
    t.diagnostic(await kubectl('get', 'pods', '-o', 'wide'));
    const names = (await kubectl('get', 'pods', '-l', 'app=hello', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ').sort();
    assert.equal(names.length, 3);
    await eventually('the published port reaches every pod', async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => output('curl', ['-sS', '--max-time', '5', `http://127.0.0.1:${ports.HELLO_PORT}/`])),
      );
      assert.deepEqual(
        names.filter((name) => answers.some((answer) => answer.includes(name))),
        names,
      );
    });
  });

  test('every pod and every Service is reached from every node', async () => {
    const ips = (await kubectl('get', 'pods', '-l', 'app=hello', '-o', 'jsonpath={.items[*].status.podIP}')).split(' ');
    assert.equal(ips.filter((ip) => ip.startsWith('10.244.')).length, 3, ips.join(' '));
    const clusterIp = await kubectl('get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}');
    assert.match(clusterIp, /^10\.96\./);
    for (const node of ['node-1', 'node-2', 'node-3']) {
      for (const url of [...ips.map((ip) => `http://${ip}:8080/`), `http://${clusterIp}/`, 'http://172.31.240.22:30080/']) {
        const script = `fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(5000) }).then((r) => r.text()).then(console.log)`;
        const { stdout, stderr } = await compose('exec', '-T', node, 'node', '-e', script);
        assert.match(stdout, /hello-/, `${node} → ${url}: ${stderr}`);
      }
    }
  });

  test('a control plane and a node that are killed come back', async () => {
    const ids = (await Promise.all(['control-plane-1', 'node-1'].map((name) => compose('ps', '-q', name)))).map(({ stdout }) =>
      stdout.trim(),
    );
    await output('docker', ['kill', ...ids], { env: engine.env });
    await kubectl('scale', 'deployment', 'hello', '--replicas=4');
    await output('docker', ['start', ...ids], { env: engine.env });
    await kubectl('rollout', 'status', 'deployment/hello', '--timeout=120s');
    await eventually(
      'all containers are healthy',
      async () => {
        const { stdout } = await run('docker', ['ps', '--filter', 'health=healthy', '--format', '{{.Names}}'], {
          env: engine.env,
        });
        assert.equal(stdout.trim().split('\n').length, 7, stdout);
      },
      90_000,
    );
  });
});
