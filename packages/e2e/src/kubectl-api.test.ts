import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from './harness/cluster.js';
import { run } from './harness/command.js';
import { eventually } from './harness/eventually.js';
import { type KubectlBinary, kubectlBinaries } from './harness/kubectl.js';

const sleeper = { name: 'main', image: 'any', command: ['sh', '-c', 'exec sleep 1000000'] };

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
});
after(() => cluster?.wipe());

for (const [i, binary] of kubectlBinaries().entries()) describe(`kubectl ${binary.version}`, () => verbs(binary, `verbs-${i}`));

/** What needs the API server more than nodes; `kubectl.test.ts` has the verbs that follow pods. */
function verbs({ path, version }: KubectlBinary, namespace: string): void {
  const kubectl = (...args: string[]) => cluster.kubectl(['-n', namespace, ...args], { binary: path });
  const fails = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(path, ['-n', namespace, ...args], { env: { KUBECONFIG: cluster.kubeconfig } });
    assert.notEqual(code, 0, `kubectl ${args.join(' ')} succeeded`);
    return stdout + stderr;
  };
  const write = (name: string, text: string) => {
    mkdirSync(join(cluster.stateDir, namespace), { recursive: true });
    const file = join(cluster.stateDir, namespace, name);
    writeFileSync(file, text);
    return file;
  };
  const configMap = (name: string, value: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  labels:\n    set: one\ndata:\n  a: "${value}"\n`;

  before(() => kubectl('create', 'namespace', namespace));
  after(() => kubectl('delete', 'namespace', namespace));

  test('every generator of create, and describe of what it made', async () => {
    const global = (name: string) => `${name}-${namespace}`;
    for (const [described, ...args] of [
      ['deployment/web', 'deployment', 'web', '--image=none', '--replicas=0', '--port=80'],
      ['job/once', 'job', 'once', '--image=none'],
      ['cronjob/often', 'cronjob', 'often', '--image=none', '--schedule=*/5 * * * *'],
      ['configmap/map', 'configmap', 'map', '--from-literal=a=1'],
      ['secret/opaque', 'secret', 'generic', 'opaque', '--from-literal=a=1'],
      ['secret/registry', 'secret', 'docker-registry', 'registry', '--docker-username=u', '--docker-password=p'],
      ['serviceaccount/robot', 'serviceaccount', 'robot'],
      ['role/reader', 'role', 'reader', '--verb=get,list', '--resource=pods'],
      ['rolebinding/reads', 'rolebinding', 'reads', '--role=reader', `--serviceaccount=${namespace}:robot`],
      [`clusterrole/${global('c')}`, 'clusterrole', global('c'), '--verb=get', '--resource=nodes'],
      [`clusterrolebinding/${global('c')}`, 'clusterrolebinding', global('c'), `--clusterrole=${global('c')}`, '--user=u'],
      ['quota/few', 'quota', 'few', '--hard=pods=50'],
      ['pdb/some', 'poddisruptionbudget', 'some', '--selector=app=web', '--min-available=1'],
      [`priorityclass/${global('p')}`, 'priorityclass', global('p'), '--value=5'],
      ['ingress/in', 'ingress', 'in', '--rule=a.example/=svc:80'],
      ['service/inner', 'service', 'clusterip', 'inner', '--tcp=80:8080'],
      ['service/outer', 'service', 'nodeport', 'outer', '--tcp=80:8080'],
      ['service/balanced', 'service', 'loadbalancer', 'balanced', '--tcp=80:8080'],
      ['service/elsewhere', 'service', 'externalname', 'elsewhere', '--external-name=a.example'],
    ] as const) {
      assert.match(await kubectl('create', ...args), / created\n$/);
      assert.match(await kubectl('describe', described), new RegExp(`^Name: +${described.split('/')[1]}\n`));
    }
    await kubectl('delete', `clusterrole/${global('c')}`, `clusterrolebinding/${global('c')}`, `priorityclass/${global('p')}`);
  });

  test('get: columns, templates, order, chunks, selectors, managed fields', async () => {
    assert.equal(
      await kubectl('get', 'deploy', 'web', '-o', 'custom-columns=N:.metadata.name,R:.spec.replicas'),
      'N     R\nweb   0\n',
    );
    const services = ['service/balanced', 'service/elsewhere', 'service/inner', 'service/outer', ''].join('\n');
    assert.equal(await kubectl('get', 'services', '--sort-by=.metadata.name', '-o', 'name'), services);
    assert.equal(await kubectl('get', 'services', '--chunk-size=1', '-o', 'name'), services);
    assert.equal(await kubectl('get', 'cm', 'map', '-o', 'go-template={{.data.a}}'), '1');
    assert.equal(await kubectl('get', 'secrets', '--field-selector', 'type=Opaque', '-o', 'name'), 'secret/opaque\n');
    assert.equal(await kubectl('get', 'deploy', '-l', 'app in (web),!x', '-o', 'name'), 'deployment.apps/web\n');
    assert.match(await kubectl('get', 'cm', 'map', '-o', 'yaml', '--show-managed-fields'), /manager: kubectl-create/);
    assert.doesNotMatch(await kubectl('get', 'cm', 'map', '-o', 'yaml'), /managedFields/);
  });

  test('explain: a tree, by OpenAPI v3 and v2', async () => {
    assert.match(await kubectl('explain', 'deployment', '--recursive'), /^ {2}spec\s[\s\S]*\n {4}replicas\s/m);
    assert.match(await kubectl('explain', 'hpa.spec'), /VERSION: +v2\n[\s\S]*\n {2}metrics\s/);
    assert.match(
      await kubectl('explain', 'hpa.spec', '--api-version=autoscaling/v1'),
      /VERSION: +v1\n[\s\S]*\n {2}targetCPUUtilizationPercentage\s/,
    );
    assert.match(await kubectl('explain', 'tokenreviews.spec'), /KIND: +TokenReview\n[\s\S]*\n {2}token\s/);
    assert.match(
      await kubectl('explain', 'pod.spec.containers', '--output=plaintext-openapiv2'),
      /^KIND: +Pod\n[\s\S]*livenessProbe/,
    );
  });

  test('auth can-i, whoami, reconcile; create token', async () => {
    assert.match(await kubectl('auth', 'can-i', '--list'), /^\*\.\* +\[\] +\[\] +\[\*\]$/m);
    const robot = `--as=system:serviceaccount:${namespace}:robot`;
    assert.equal(await kubectl('auth', 'can-i', 'list', 'pods', robot), 'yes\n');
    assert.match(await fails('auth', 'can-i', 'list', 'secrets', robot), /^no\n/);
    if (version === '1.27') {
      // It knows only the alpha and beta of the API, which Kubernetes 1.34 does not serve either.
      assert.match(await fails('auth', 'whoami'), /selfsubjectreviews API is not enabled/);
    } else {
      assert.match(await kubectl('auth', 'whoami'), /Username +kubernetes-admin\n/);
    }
    const role = await kubectl('create', 'role', 'made', '--verb=get', '--resource=pods', '--dry-run=client', '-o', 'yaml');
    assert.match(await kubectl('auth', 'reconcile', '-f', write('role.yaml', role)), /made reconciled/);
    assert.equal(await kubectl('get', 'role', 'made', '-o', 'jsonpath={.rules[0].verbs}'), '["get"]');
    const token = await kubectl('create', 'token', 'robot', '--duration=10m');
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
    assert.deepEqual([claims.sub, claims.exp - claims.iat], [`system:serviceaccount:${namespace}:robot`, 600]);
  });

  test('autoscale, expose, and all that set sets', async () => {
    assert.match(await kubectl('autoscale', 'deployment', 'web', '--min=1', '--max=3'), /autoscaled/);
    assert.match(await kubectl('expose', 'deployment', 'web', '--name=exposed'), /exposed/);
    for (const args of [
      ['image', 'deploy/web', 'none=other'],
      ['resources', 'deploy/web', '--limits=cpu=1'],
      ['serviceaccount', 'deploy/web', 'robot'],
      ['selector', 'svc/exposed', 'app=other'],
      ['subject', 'rolebinding/reads', '--user=u'],
    ])
      await kubectl('set', ...args);
    const { containers, serviceAccountName } = JSON.parse(await kubectl('get', 'deploy', 'web', '-o', 'json')).spec.template.spec;
    assert.deepEqual(
      [containers[0].image, containers[0].resources, serviceAccountName],
      ['other', { limits: { cpu: '1' } }, 'robot'],
    );
    assert.equal(await kubectl('get', 'svc', 'exposed', '-o', 'jsonpath={.spec.selector}'), '{"app":"other"}');
    assert.match(await kubectl('get', 'rolebinding', 'reads', '-o', 'wide'), / u +/);
  });

  test('rollout history, undo, pause, resume, restart; wait for a JSON path', async () => {
    await kubectl('rollout', 'status', 'deploy/web', '--timeout=30s');
    assert.match(await kubectl('rollout', 'history', 'deploy/web'), /^REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>/m);
    assert.match(await kubectl('rollout', 'history', 'deploy/web', '--revision=1'), /Image:\s+none/);
    for (const [verb, answer] of [
      ['pause', 'paused'],
      ['resume', 'resumed'],
      ['restart', 'restarted'],
    ] as const)
      assert.match(await kubectl('rollout', verb, 'deploy/web'), new RegExp(`web ${answer}`));
    assert.match(await kubectl('rollout', 'undo', 'deploy/web', '--to-revision=1'), /rolled back/);
    const image = 'jsonpath={.spec.template.spec.containers[0].image}';
    assert.match(await kubectl('wait', 'deploy/web', `--for=${image}=none`, '--timeout=10s'), /condition met/);
  });

  test('apply: diff, dry run, kustomize, prune', async () => {
    write('cm.yaml', configMap('base', '1'));
    write('kustomization.yaml', 'namePrefix: k-\nresources: [cm.yaml]\nconfigMapGenerator: [{name: gen, literals: [x=y]}]\n');
    const folder = join(cluster.stateDir, namespace);
    assert.match(await kubectl('apply', '-k', folder), /configmap\/k-base created\nconfigmap\/k-gen-\w+ created/);
    assert.equal(await kubectl('diff', '-k', folder), '');
    const file = write('cm.yaml', configMap('base', '2'));
    assert.match(await fails('diff', '-k', folder), /^- {2}a: "1"\n\+ {2}a: "2"$/m);
    assert.match(await kubectl('apply', '-k', folder, '--dry-run=server'), /k-base configured \(server dry run\)/);
    assert.equal(await kubectl('get', 'cm', 'k-base', '-o', 'jsonpath={.data.a}'), '1');
    await kubectl('apply', '-f', file, '-f', write('gone.yaml', configMap('gone', '1')));
    const pruned = await kubectl('apply', '-f', file, '--prune', '-l', 'set=one', '--prune-allowlist=core/v1/ConfigMap');
    assert.match(pruned, /configmap\/base unchanged\n[\s\S]*configmap\/gone pruned/);
  });

  test('apply --server-side: conflict, force; replace, replace --force', async () => {
    const one = write('one.yaml', configMap('ssa', '1'));
    const two = write('two.yaml', configMap('ssa', '2'));
    await kubectl('apply', '--server-side', '-f', one, '--field-manager=first');
    assert.match(
      await fails('apply', '--server-side', '-f', two, '--field-manager=second'),
      /Apply failed with 1 conflict: conflict with "first": \.data\.a/,
    );
    const forced = await kubectl('apply', '--server-side', '-f', two, '--field-manager=second', '--force-conflicts');
    assert.equal(forced, 'configmap/ssa serverside-applied\n');
    const uid = () => kubectl('get', 'cm', 'ssa', '-o', 'jsonpath={.metadata.uid}');
    const first = await uid();
    assert.equal(await kubectl('replace', '-f', one), 'configmap/ssa replaced\n');
    assert.equal(await uid(), first);
    await kubectl('replace', '--force', '-f', one);
    assert.notEqual(await uid(), first);
  });

  test('taint, cordon, drain; top has no metrics; cluster-info dump; events', async () => {
    assert.match(await kubectl('taint', 'node', 'node-1', 'a=b:NoSchedule'), /tainted/);
    assert.match(await kubectl('taint', 'node', 'node-1', 'a-'), /untainted/);
    assert.match(await kubectl('drain', 'node-1', '--timeout=20s'), /node-1 cordoned[\s\S]*drained/);
    assert.match(await kubectl('get', 'node', 'node-1'), /SchedulingDisabled/);
    assert.match(await kubectl('uncordon', 'node-1'), /uncordoned/);
    assert.match(await fails('top', 'nodes'), /error: Metrics API not available/);
    assert.match(await kubectl('cluster-info', 'dump', '--namespaces', namespace), /"kind": "NodeList"/);
    assert.match(await kubectl('events', '--for', 'deployment/web'), /LAST SEEN|No events found/);
  });

  test('drain waits for a disruption budget', async () => {
    const spec = { nodeName: 'node-1', terminationGracePeriodSeconds: 0, containers: [sleeper] };
    const run = async (name: string) => {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: 'guarded', name } }, spec };
      await kubectl('apply', '-f', write(`${name}.json`, JSON.stringify(pod)));
      await kubectl('wait', `pod/${name}`, '--for=condition=Ready', '--timeout=30s');
    };
    await run('guarded');
    await kubectl('create', 'pdb', 'guard', '--selector=app=guarded', '--min-available=1');
    const shows = (cells: string) =>
      eventually(`guard shows ${cells}`, async () => {
        assert.match(await kubectl('get', 'pdb', 'guard'), new RegExp(`\nguard +${cells} `));
      });
    await shows('1 +N/A +0');
    const drain = ['drain', 'node-1', '--force', '--pod-selector=name=guarded'] as const;
    const refused = await fails(...drain, '--timeout=1s');
    assert.match(refused, /will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget\./);
    await run('stand-in');
    await shows('1 +N/A +1');
    assert.match(await kubectl(...drain, '--timeout=20s'), /pod\/guarded evicted\nnode\/node-1 drained/);
    await kubectl('wait', 'pod/guarded', '--for=delete', '--timeout=20s');
    await shows('1 +N/A +0');
    assert.match(await kubectl('describe', 'pdb', 'guard'), /Allowed disruptions: +0\n +Current: +1\n +Desired: +1\n +Total: +1/);
    await kubectl('delete', 'pod', 'stand-in', '--now');
    await kubectl('uncordon', 'node-1');
  });

  test('get --watch --output-watch-events; wait for a creation and a deletion', async () => {
    const watching = spawn(path, ['-n', namespace, 'get', 'cm', '-l', 'seen=yes', '--watch', '--output-watch-events'], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    });
    let printed = '';
    watching.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    try {
      await kubectl('create', '-f', write('seen.yaml', configMap('seen', '1').replace('set: one', 'seen: "yes"')));
      await eventually('its creation shows', () => assert.match(printed, /^EVENT +NAME .*\nADDED +seen +1 /));
      await kubectl('label', 'cm', 'seen', 'more=yes');
      await eventually('its change shows', () => assert.match(printed, /\nMODIFIED +seen +1 /));
      const gone = kubectl('wait', 'cm/seen', '--for=delete', '--timeout=20s');
      await kubectl('delete', 'cm', 'seen', '--grace-period=0', '--force');
      await gone;
      await eventually('its deletion shows', () => assert.match(printed, /\nDELETED +seen +1 /));
    } finally {
      watching.kill();
    }
    if (version !== '1.27') {
      const made = kubectl('wait', 'cm/later', '--for=create', '--timeout=20s');
      await kubectl('create', 'cm', 'later');
      assert.match(await made, /later condition met/);
    }
  });

  test('apply --prune --applyset', async () => {
    const applySet = async (...names: readonly string[]) => {
      const file = write('set.yaml', names.map((name) => configMap(name, '1')).join('---\n'));
      const args = ['-n', namespace, 'apply', '-f', file, '--prune', '--applyset=configmap/parent', '--server-side'];
      return cluster.kubectl(args, { binary: path, env: { KUBECTL_APPLYSET: 'true' } });
    };
    assert.equal(await applySet('in', 'out'), 'configmap/in serverside-applied\nconfigmap/out serverside-applied\n');
    assert.equal(await applySet('in'), 'configmap/in serverside-applied\nconfigmap/out pruned\n');
  });

  test('scale with a precondition; status by patch and editor; raw paths; another user; commands that ask no server', async () => {
    await kubectl('create', 'deployment', 'part', '--image=none', '--replicas=0');
    assert.match(await fails('scale', 'deploy/part', '--current-replicas=3', '--replicas=1'), /Expected replicas to be 3, was 0/);
    await kubectl('scale', 'deploy/part', '--current-replicas=0', '--replicas=0');
    const condition = { type: 'Seen', status: 'True', reason: 'Test', message: 'm' };
    const patch = JSON.stringify({ status: { conditions: [condition] } });
    assert.match(await kubectl('patch', 'deploy', 'part', '--subresource=status', '--type=merge', '-p', patch), /part patched/);
    const editor = write('editor', '#!/bin/sh\nsed -i "s/message: m/message: edited/" "$1"\n');
    chmodSync(editor, 0o755);
    const edit = ['-n', namespace, 'edit', 'deploy', 'part', '--subresource=status'];
    assert.match(await cluster.kubectl(edit, { binary: path, env: { EDITOR: editor } }), /part edited/);
    const message = 'jsonpath={.status.conditions[?(@.type=="Seen")].message}';
    assert.equal(await kubectl('get', 'deploy', 'part', '--subresource=status', '-o', message), 'edited');
    assert.equal(await kubectl('get', '--raw', '/readyz'), 'ok');
    const other = await fails('get', 'pods', '--as=somebody', '--as-group=some', '--as-uid=7');
    assert.match(other, /pods is forbidden: User "somebody" cannot list resource "pods" in API group "" in the namespace/);
    for (const [args, answer] of [
      [['completion', 'bash'], /__start_kubectl/],
      [['config', 'view', '--minify'], /certificate-authority-data: DATA\+OMITTED/],
      [['options'], /The following options can be passed to any command/],
    ] as const)
      assert.match(await kubectl(...args), answer);
  });

  test('a plugin is listed, and runs with what kubectl knows', async () => {
    const plugin = write('kubectl-maps', `#!/bin/sh\nexec ${path} -n ${namespace} get configmaps -o name "$@"\n`);
    chmodSync(plugin, 0o755);
    const env = { PATH: `${dirname(plugin)}:${process.env['PATH']}` };
    assert.match(await cluster.kubectl(['plugin', 'list'], { binary: path, env }), new RegExp(`^${plugin}$`, 'm'));
    assert.match(await cluster.kubectl(['maps', '-l', 'none=such'], { binary: path, env }), /^$/);
    assert.match(await cluster.kubectl(['maps'], { binary: path, env }), /^configmap\/kube-root-ca\.crt$/m);
  });

  test('delete: orphans stay, foreground takes all', async () => {
    const sets = () => kubectl('get', 'rs', '-l', 'app=web', '-o', 'name');
    await kubectl('delete', 'deployment', 'web', '--cascade=orphan');
    assert.match(await sets(), /replicaset\.apps\/web-/);
    await kubectl('delete', 'rs', '-l', 'app=web', '--cascade=foreground');
    assert.equal(await sets(), '');
  });
}
