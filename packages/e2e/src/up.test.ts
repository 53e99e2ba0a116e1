import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { flotilla, TestCluster } from './harness/cluster.js';
import { output, run } from './harness/command.js';
import { eventually } from './harness/eventually.js';

describe('flotilla up, status, env, down', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start();
  });
  after(() => cluster?.wipe());

  test('up tells each step with its time, calls the example and ends with what to do next', () => {
    const lines = cluster.upOutput;
    for (const step of [
      /3 store members: quorum, store-\d leads/,
      /3 API servers behind/,
      /scheduler-\d leads/,
      /3 nodes Ready/,
      /answers: /,
    ]) {
      assert.match(lines, step);
      assert.match(lines.split('\n').find((line) => step.test(line)) ?? '', /^ *\d+\.\d s {2}/);
    }
    assert.match(lines, new RegExp(`export KUBECONFIG=${cluster.kubeconfig}`));
    assert.match(lines, new RegExp(`API +${cluster.apiUrl}`));
    assert.match(lines, /Try next\n(.+\n){2}.+/);
  });

  test('every process of the topology runs, healthy, with one leader of each elected component', async () => {
    await cluster.allHealthy();
    const processes = await cluster.processes();
    const count = (component: string) => processes.filter((process) => process.component === component).length;
    assert.deepEqual(
      ['store', 'apiserver', 'loadbalancer', 'scheduler', 'controller-manager', 'kubelet', 'proxy'].map(count),
      [3, 3, 1, 2, 2, 3, 3],
    );
    for (const component of ['store', 'scheduler', 'controller-manager']) {
      assert.equal(
        processes.filter((process) => process.component === component && process.role === 'leader').length,
        1,
        component,
      );
    }
    assert.equal(new Set(processes.map(({ pid }) => pid)).size, processes.length, 'each is a process of its own');
    for (const process of processes) assert.ok(process.rssBytes > 1_000_000 && process.restarts === 0, JSON.stringify(process));
    const { code, stdout } = await cluster.flotilla('status');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^NAME +PID +ROLE +HEALTHY +MEMORY +RESTARTS +ADDRESS\nstore-1 +\d+ +(leader|follower) +yes +\d+Mi +0 +/,
    );
  });

  test('the example answers from all three pods, on every node port and on the cluster address', async () => {
    const { items } = JSON.parse(await cluster.kubectl(['get', 'pods', '-l', 'app=hello', '-o', 'json'])) as {
      items: { metadata: { name: string } }[];
    };
    const names = items.map(({ metadata }) => metadata.name).sort();
    assert.equal(names.length, 3);
    const clusterIp = await cluster.kubectl(['get', 'service', 'hello', '-o', 'jsonpath={.spec.clusterIP}']);
    for (const address of [1, 2, 3].map((n) => `${cluster.nodeAddress(n)}:30080`).concat(`${clusterIp}:80`)) {
      await eventually(`${address} answers from all pods`, async () => {
        const answers = await Promise.all(
          Array.from({ length: 12 }, () => output('curl', ['-sS', '--max-time', '5', `http://${address}/`])),
        );
        assert.deepEqual(
          names.filter((name) => answers.some((answer) => answer.includes(name))),
          names,
        );
      });
    }
  });

  test('a second up finds the cluster and says so', async () => {
    const pids = (await cluster.processes()).map(({ pid }) => pid);
    const { code, stdout } = await cluster.up();
    assert.equal(code, 0);
    assert.match(stdout, /already up/);
    assert.deepEqual(
      (await cluster.processes()).map(({ pid }) => pid),
      pids,
    );
  });

  test('env serves kubectl and etcdctl', async () => {
    const env = await cluster.environment();
    assert.equal(env['KUBECONFIG'], cluster.kubeconfig);
    const keys = await output('etcdctl', ['get', '/registry/', '--prefix', '--keys-only'], { env });
    for (const key of [
      '/registry/deployments/default/hello',
      '/registry/services/specs/default/hello',
      '/registry/minions/node-1',
    ]) {
      assert.ok(keys.split('\n').includes(key), `${key} in\n${keys}`);
    }
    const members = await output('etcdctl', ['member', 'list'], { env });
    assert.equal(members.match(/started, store-\d/g)?.length, 3, members);
    const written = await output('etcdctl', ['put', '/outside', 'x'], { env });
    assert.equal(written, 'OK\n');
  });

  test('a process that dies is started again; one that is stopped stays stopped until it is started', async () => {
    const victim = await cluster.process(({ name }) => name === 'proxy-2');
    process.kill(victim.pid, 'SIGKILL');
    await eventually('proxy-2 is back', async () => {
      const now = await cluster.process(({ name }) => name === 'proxy-2');
      assert.ok(now.healthy && now.pid !== victim.pid);
      assert.equal(now.restarts, 1);
    });
    assert.equal((await cluster.flotilla('stop', 'proxy-3')).code, 0);
    assert.equal((await cluster.process(({ name }) => name === 'proxy-3')).pid, 0);
    assert.equal((await cluster.flotilla('status')).code, 1);
    assert.equal((await cluster.flotilla('start', 'proxy-3')).code, 0);
    await cluster.allHealthy();
    const unknown = await cluster.flotilla('stop', 'proxy-9');
    assert.deepEqual([unknown.code, unknown.stderr], [1, 'Error: no process is called "proxy-9"\n']);
  });

  test('the everyday verbs work without kubectl', async () => {
    const pods = await cluster.flotilla('get', 'pods', '-o', 'wide');
    assert.match(pods.stdout, /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE/);
    assert.equal(pods.stdout.match(/hello-\S+ +1\/1 +Running/g)?.length, 3);
    assert.match((await cluster.flotilla('get', 'all', '-A')).stdout, /deployment\.apps\/hello/);
    const missing = await cluster.flotilla('get', 'pods', 'nope');
    assert.deepEqual([missing.code, missing.stderr], [1, 'Error from server (NotFound): pods "nope" not found\n']);
    assert.equal(
      (await cluster.flotilla('get', 'nonsense')).stderr,
      'Error: the server doesn\'t have a resource type "nonsense"\n',
    );
  });

  test('down stops everything, pods too, and up brings it back', async () => {
    const pids = (await cluster.processes()).map(({ pid }) => pid);
    const down = await cluster.flotilla('down');
    assert.deepEqual([down.code, down.stdout], [0, 'The cluster is stopped.\n']);
    for (const pid of pids) assert.throws(() => process.kill(pid, 0), `pid ${pid} is gone`);
    const left = await run('pgrep', ['-af', cluster.stateDir]);
    assert.equal(left.stdout, '', 'nothing of the cluster runs');
    const again = await cluster.up();
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.match(again.stdout, /cluster found/);
    assert.equal((await cluster.kubectl(['get', 'deployment', 'hello', '-o', 'name'])).trim(), 'deployment.apps/hello');
  });
});

describe('flotilla up when it cannot', () => {
  const folders: string[] = [];
  const folder = async () => {
    const path = await mkdtemp(join(tmpdir(), 'flotilla-e2e-'));
    folders.push(path);
    return path;
  };
  after(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))));
  const ranges = [
    '--cluster-cidr=127.240.0.0/16',
    '--control-plane-cidr=127.241.0.0/16',
    '--service-cluster-ip-range=127.242.0.0/16',
  ];

  test('bad flags are one clear line', async () => {
    for (const [flag, message] of [
      ['--nodes=0', 'Error: --nodes: want a whole number from 1 to 200\n'],
      ['--control-planes=2', 'Error: --control-planes: want an odd number; an even one survives no more losses\n'],
      ['--cluster-cidr=10.0.0.1/16', 'Error: 10.0.0.1/16 has bits set behind its prefix\n'],
    ] as const) {
      const { code, stderr } = await run(flotilla, ['up', `--state-dir=${await folder()}`, flag]);
      assert.deepEqual([code, stderr], [1, message]);
    }
  });

  test('an address that somebody else holds is named before anything starts', async (t) => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    t.after(() => holder.close());
    const { port } = holder.address() as { port: number };
    const state = await folder();
    const { code, stderr } = await run(flotilla, ['up', `--state-dir=${state}`, `--api-port=${port}`, ...ranges]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`loadbalancer: listen tcp 127\\.0\\.0\\.1:${port}: bind: address already in use`));
    assert.match((await run(flotilla, ['status', `--state-dir=${state}`])).stderr, /not running/);
  });

  test('a state folder that is none is refused', async () => {
    const file = join(await folder(), 'file');
    await output('touch', [file]);
    const { code, stderr } = await run(flotilla, ['up', `--state-dir=${file}`]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^Error: ${file} is not writable: .*\n$`));
    await chmod(file, 0o600);
  });

  test('Ctrl-C on the way up stops what was started', async () => {
    const state = await folder();
    const child = spawn(flotilla, ['up', `--state-dir=${state}`, '--api-port=16999', '--stats-port=17999', ...ranges]);
    let printed = '';
    let interrupted = false;
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      if (!interrupted && printed.includes('certificates')) interrupted = child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    assert.equal(code, 130, printed);
    assert.match(printed, /Interrupted: stopping what was started/);
    assert.equal((await run('pgrep', ['-af', state])).stdout, '');
  });
});
