import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from './harness/cluster.js';
import { type CommandOptions, run } from './harness/command.js';
import { eventually } from './harness/eventually.js';
import { type KubectlBinary, kubectlBinaries } from './harness/kubectl.js';
import { startMetricsServer } from './harness/metrics-server.js';

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
  const container = (name: string, script: string, more: object = {}) => ({
    name,
    image: 'any',
    command: ['sh', '-c', script],
    ...more,
  });
  const pod = (name: string, ...containers: readonly object[]) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name.replace(/-.*/, '') } },
    spec: { nodeName: 'node-1', terminationGracePeriodSeconds: 0, containers },
  });
  const items = [
    pod('web', container('main', 'exec python3 -m http.server --bind $POD_IP 8080'), container('other', 'exec sleep 1000000')),
    pod(
      'reads',
      container('main', 'while read line; do echo got $line; done; echo end of input; sleep 1000000', { stdin: true }),
    ),
    ...[1, 2].map((i) =>
      pod(
        `talks-${i}`,
        container('a', `echo early ${i}; sleep 2; echo late ${i}; exec sleep 1000000`),
        container('b', `echo other ${i}; exec sleep 1000000`),
      ),
    ),
    pod('restarts', container('main', 'echo run; while [ ! -e "$FLOTILLA_ROOT/go" ]; do sleep 0.05; done; echo bye')),
  ];
  await cluster.kubectl(['apply', '-f', '-'], { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  await cluster.kubectl(['wait', 'pods', '--all', '--for=condition=Ready', '--timeout=60s']);
  await startMetricsServer(cluster, { web: ['main', 'other'] });
});
after(() => cluster?.wipe());

for (const binary of kubectlBinaries()) describe(`kubectl ${binary.version}`, () => streams(binary));

function streams({ path, version }: KubectlBinary): void {
  const command = (args: readonly string[], options: CommandOptions = {}) =>
    run(path, args, { timeoutMs: 30_000, ...options, env: { KUBECONFIG: cluster.kubeconfig } });
  const succeeds = async (args: readonly string[], options: CommandOptions = {}) => {
    const { code, stdout, stderr } = await command(args, options);
    assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  /** kubectl in the background, its output so far. */
  const start = (...args: readonly string[]) => {
    const child = spawn(path, args, { env: { ...process.env, KUBECONFIG: cluster.kubeconfig } });
    const printed = { text: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed.text += text;
      });
    return { child, printed };
  };

  test('exec: output, errors, exit code, the environment of the container', async () => {
    const done = await command(['exec', 'web', '-c', 'main', '--', 'sh', '-c', 'echo $POD_NAME; echo oh >&2; exit 7']);
    assert.deepEqual([done.code, done.stdout], [7, 'web\n']);
    assert.match(done.stderr, /^oh\n(?:.*\n)?command terminated with exit code 7\n$/);
    const missing = await command(['exec', 'web', '-c', 'main', '--', '/no/such/program']);
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /exec: "\/no\/such\/program": no such file or directory/);
    assert.match((await command(['exec', 'web', '-c', 'none', '--', 'true'])).stderr, /container none is not valid for pod web/);
  });

  test('exec -i: 5 MB go in and come out unchanged', async () => {
    const text = randomBytes(2_621_440).toString('hex');
    assert.equal(await succeeds(['exec', '-i', 'web', '-c', 'main', '--', 'cat'], { stdin: text }), text);
    const sum = await succeeds(['exec', '-i', 'web', '-c', 'main', '--', 'sha256sum'], { stdin: text });
    assert.equal(sum.split(' ')[0], createHash('sha256').update(text).digest('hex'));
  });

  test('exec -it: a terminal of the size of the client', async () => {
    const script = `stty rows 33 cols 77; exec ${path} exec -it web -c main -- sh -c 'tty; until stty size | grep 77; do sleep 0.05; done; exit 5'`;
    const { code, stdout } = await run('script', ['-qec', script, '/dev/null'], { env: { KUBECONFIG: cluster.kubeconfig } });
    assert.match(stdout, /\/dev\/pts\/\d+\r\n/);
    assert.match(stdout, /33 77\r\n/);
    assert.equal(code, 5);
  });

  test('attach: what is typed gets to the container, and its answers come back; it goes on afterwards', async () => {
    const { child, printed } = start('attach', '-i', 'reads');
    try {
      child.stdin.write(`one ${version}\n`);
      await eventually('the answer', () => assert.match(printed.text, new RegExp(`got one ${version}\\n`)));
    } finally {
      child.kill();
    }
    assert.match(await succeeds(['logs', 'reads']), new RegExp(`got one ${version}`));
    assert.equal(await succeeds(['get', 'pod', 'reads', '-o', 'jsonpath={.status.phase}']), 'Running');
  });

  test('cp, there and back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flotilla-cp-'));
    try {
      const data = randomBytes(1_000_000);
      writeFileSync(join(folder, 'there'), data);
      await succeeds(['cp', join(folder, 'there'), `web:copied-${version}`, '-c', 'main']);
      await succeeds(['cp', `web:copied-${version}`, join(folder, 'back'), '-c', 'main']);
      assert.ok(readFileSync(join(folder, 'back')).equals(data));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('port-forward: HTTP through it, several requests at a time', async () => {
    const { child, printed } = start('port-forward', 'pod/web', ':8080');
    try {
      const port = await eventually('it listens', () => {
        const found = /127\.0\.0\.1:(\d+) -> 8080/.exec(printed.text)?.[1];
        assert.ok(found !== undefined, printed.text);
        return found;
      });
      const answers = await Promise.all(Array.from({ length: 8 }, () => run('curl', ['-sS', `http://127.0.0.1:${port}/`])));
      for (const { code, stdout, stderr } of answers) assert.ok(code === 0 && stdout.includes('Directory listing'), stderr);
    } finally {
      child.kill();
    }
  });

  test('logs -f ends with the container; --previous is the run before', async () => {
    const { child, printed } = start('logs', '-f', 'restarts');
    const ended = new Promise((resolve) => child.once('close', resolve));
    await eventually('it runs', () => assert.match(printed.text, /run/));
    await succeeds(['exec', 'restarts', '--', 'touch', 'go']);
    await ended;
    assert.equal(printed.text, 'run\nbye\n');
    await eventually('it runs again', async () => assert.equal(await succeeds(['logs', 'restarts']), 'run\n'));
    assert.equal(await succeeds(['logs', '--previous', 'restarts']), 'run\nbye\n');
  });

  test('logs of several pods and containers, and of a part of the time', async () => {
    const both = ['logs', '-l', 'app=talks'];
    const lines = async (...args: readonly string[]) => (await succeeds(args)).trimEnd().split('\n').sort();
    await eventually('all has been said', async () =>
      assert.deepEqual(await lines(...both, '-c', 'a'), ['early 1', 'early 2', 'late 1', 'late 2']),
    );
    assert.deepEqual(await lines(...both, '-c', 'a', '--tail=1'), ['late 1', 'late 2']);
    assert.deepEqual(await lines(...both, '--all-containers', '--prefix', '--since=1h'), [
      '[pod/talks-1/a] early 1',
      '[pod/talks-1/a] late 1',
      '[pod/talks-1/b] other 1',
      '[pod/talks-2/a] early 2',
      '[pod/talks-2/a] late 2',
      '[pod/talks-2/b] other 2',
    ]);
    const [time = ''] = (await succeeds(['logs', 'talks-1', '-c', 'a', '--tail=1', '--timestamps'])).split(' ');
    assert.equal(await succeeds(['logs', 'talks-1', '-c', 'a', `--since-time=${time}`]), 'late 1\n');
    assert.equal(await succeeds(['logs', 'talks-1', '-c', 'a', '--limit-bytes=5']), 'early');
    const unclear = await command(['logs', 'talks-1', '-c', 'c']);
    assert.match(unclear.stderr, /container c is not valid for pod talks-1/);
    assert.equal(await succeeds(['logs', 'talks-2', '--ignore-errors', '-c', 'b']), 'other 2\n');
  });

  test('debug: a container joins the pod, with its own log and exec', async () => {
    const name = `debugger-${version.replace('.', '-')}`;
    await succeeds(['debug', 'web', '--image=any', '-c', name, '--', 'sh', '-c', 'echo looking at $POD_NAME; exec sleep 100000']);
    await eventually('its log', async () => assert.equal(await succeeds(['logs', 'web', '-c', name]), 'looking at web\n'));
    assert.equal(await succeeds(['exec', 'web', '-c', name, '--', 'sh', '-c', 'echo $POD_NAME']), 'web\n');
    const state = `jsonpath={.status.ephemeralContainerStatuses[?(@.name=="${name}")].state.running.startedAt}`;
    await eventually('its status', async () => assert.match(await succeeds(['get', 'pod', 'web', '-o', state]), /^\d{4}-/));
  });

  test('run -it --rm and debug -it: a terminal, and what it shows', async () => {
    const terminal = async (...args: readonly string[]) => {
      const { code, stdout } = await run('script', ['-qec', `exec ${path} ${args.join(' ')}`, '/dev/null'], {
        env: { KUBECONFIG: cluster.kubeconfig },
      });
      return { code, stdout };
    };
    // It speaks late, so that kubectl is attached by then; where it is not, kubectl shows the log, which says the same.
    const script = `sh -c 'sleep 2; tty; echo bye; sleep 1'`;
    const name = `once-${version.replace('.', '-')}`;
    const once = await terminal('run', name, '-it', '--rm', '--restart=Never', '--image=any', '--command', '--', script);
    assert.match(once.stdout, /\/dev\/pts\/\d+\r\n[\s\S]*bye\r\n[\s\S]*pod "once-[^"]+" deleted/);
    assert.equal(once.code, 0);
    const debugged = await terminal('debug', '-it', 'web', '--image=any', '--target=main', '--', script);
    assert.match(debugged.stdout, /\/dev\/pts\/\d+\r\n[\s\S]*bye\r\n/);
  });

  test('debug: a copy of a pod, and a pod on a node', async () => {
    const copy = `copy-${version.replace('.', '-')}`;
    await succeeds(['debug', 'web', `--copy-to=${copy}`, '--image=any', '-c', 'extra', '--', 'sh', '-c', 'echo in a copy']);
    assert.equal(await succeeds(['get', 'pod', copy, '-o', 'jsonpath={.spec.containers[*].name}']), 'main other extra');
    const printed = await succeeds(['debug', 'node/node-1', '--image=any', '--', 'sh', '-c', 'echo on a node']);
    const debugger_ = /debugging pod (\S+) with container debugger on node node-1/.exec(printed)?.[1] ?? '';
    await eventually('it ran', async () => assert.equal(await succeeds(['logs', debugger_]), 'on a node\n'));
    await succeeds(['delete', 'pod', copy, debugger_]);
  });

  test('top: nodes, pods and their containers, of an extension API server', async () => {
    assert.match(await succeeds(['top', 'nodes']), /^NAME +CPU\(cores\) +CPU.*\nnode-1 +250m +\d+% +100Mi +\d+% *\n$/);
    assert.match(await succeeds(['top', 'pods']), /^NAME +CPU\(cores\) +MEMORY\(bytes\) *\nweb +500m +200Mi *\n$/);
    assert.match(await succeeds(['top', 'pods', '--containers']), /\nweb +main +250m +100Mi *\nweb +other +250m +100Mi *\n$/);
    assert.match(await succeeds(['get', '--raw', '/apis/metrics.k8s.io/v1beta1/nodes']), /"kind":"NodeMetricsList"/);
  });

  test('proxy: a pod and a kubelet behind it, and exec through it', async () => {
    const { child, printed } = start('proxy', '--port=0', '--reject-paths=^/none');
    try {
      const url = await eventually('it serves', () => {
        const found = /127\.0\.0\.1:\d+/.exec(printed.text)?.[0];
        assert.ok(found !== undefined, printed.text);
        return `http://${found}`;
      });
      const listing = await run('curl', ['-sS', `${url}/api/v1/namespaces/default/pods/web:8080/proxy/`]);
      assert.match(listing.stdout, /Directory listing/);
      const healthy = await run('curl', ['-sS', `${url}/api/v1/nodes/node-1/proxy/healthz`]);
      assert.equal(healthy.stdout, 'ok');
      assert.equal(await succeeds(['--server', url, 'exec', 'web', '-c', 'main', '--', 'echo', 'through']), 'through\n');
    } finally {
      child.kill();
    }
  });
}
