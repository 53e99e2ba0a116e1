import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkout, TestCluster } from './harness/cluster.js';
import { output, run } from './harness/command.js';
import { eventually } from './harness/eventually.js';
import { type KubectlBinary, kubectlBinaries } from './harness/kubectl.js';

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
});
after(() => cluster?.wipe());

for (const [i, binary] of kubectlBinaries().entries()) describe(`kubectl ${binary.version}`, () => verbs(binary, `files-${i}`));

/** What kubectl makes of files, of labels and of its own configuration. */
function verbs({ path, version }: KubectlBinary, namespace: string): void {
  const kubectl = (...args: string[]) => cluster.kubectl(['-n', namespace, ...args], { binary: path });
  const fails = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(path, ['-n', namespace, ...args], { env: { KUBECONFIG: cluster.kubeconfig } });
    assert.notEqual(code, 0, `kubectl ${args.join(' ')} succeeded`);
    return stdout + stderr;
  };
  const folder = () => join(cluster.stateDir, namespace);
  const write = (name: string, text: string) => {
    mkdirSync(folder(), { recursive: true });
    const file = join(folder(), name);
    writeFileSync(file, text);
    return file;
  };
  const editor = (command: string) => {
    const file = write('editor', `#!/bin/sh\nsed -i '${command}' "$1"\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const configMap = (name: string, value: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "${value}"\n`;
  const dataOf = (name: string) => kubectl('get', 'cm', name, '-o', 'jsonpath={.data}');

  before(() => kubectl('create', 'ns', namespace));
  after(() => kubectl('delete', 'ns', namespace));

  test('every verb that its help names is tried by one of these tests', async () => {
    const source = join(checkout, 'packages/e2e/src');
    const tests = readdirSync(source).filter((file) => /^kubectl.*\.test\.ts$/.test(file));
    const words = new Set(tests.flatMap((file) => readFileSync(join(source, file), 'utf8').match(/'[^' ]+'/g) ?? []));
    const commands = async (...parents: string[]) => {
      const [, ...sections] = (await output(path, [...parents, '--help'])).split(/Commands[^\n]*:\n/);
      return sections.flatMap((section) => section.split('\n\n')[0]!.match(/^ {2}\S+/gm) ?? []).map((line) => line.trim());
    };
    const groups = ['apply', 'auth', 'certificate', 'cluster-info', 'config', 'create', 'plugin', 'rollout', 'set', 'top'];
    const verbs = (await Promise.all([commands(), ...groups.map((group) => commands(group))])).flat();
    const missing = verbs.filter((verb) => !words.has(`'${verb}'`));
    assert.deepEqual(missing, []);
  });

  test('apply: what was applied last, shown, set and edited', async () => {
    const file = write('applied.yaml', configMap('applied', '1'));
    await kubectl('apply', '-f', file);
    assert.match(await kubectl('apply', 'view-last-applied', 'cm/applied'), /^data:\n {2}a: "1"$/m);
    write('applied.yaml', configMap('applied', '2'));
    assert.match(await kubectl('apply', 'set-last-applied', '-f', file), /applied configured/);
    assert.equal(await dataOf('applied'), '{"a":"1"}');
    const edit = ['-n', namespace, 'apply', 'edit-last-applied', 'cm/applied'];
    await cluster.kubectl(edit, { binary: path, env: { EDITOR: editor('s/a: "2"/a: "3"/') } });
    assert.match(await kubectl('apply', 'view-last-applied', 'cm/applied', '-o', 'json'), /"a": "3"/);
    await kubectl('apply', '-f', file);
    assert.equal(await dataOf('applied'), '{"a":"2"}');
  });

  test('apply --server-side after apply takes over; diff tells what either would do', async () => {
    const file = write('both.yaml', configMap('both', '1'));
    assert.match(await fails('diff', '-f', file), /^\+ {2}a: "1"$/m);
    await kubectl('apply', '-f', file);
    write('both.yaml', configMap('both', '2').replace('  a:', '  b:'));
    assert.match(await fails('diff', '--server-side', '-f', file), /^\+ {2}b: "2"$/m);
    await kubectl('apply', '--server-side', '-f', file);
    assert.equal(await dataOf('both'), '{"b":"2"}', 'a field that it no longer names goes, although plain apply made it');
    const managers = 'jsonpath={.metadata.managedFields[*].manager}';
    assert.doesNotMatch(await kubectl('get', 'cm', 'both', '--show-managed-fields', '-o', managers), /client-side/);
    assert.equal(await kubectl('diff', '--server-side', '-f', file), '');
  });

  test('kustomize prints what apply takes; get and delete take the folder', async () => {
    write(
      'kustomization.yaml',
      'nameSuffix: -made\nconfigMapGenerator: [{name: gen, literals: [x=y], options: {labels: {k: k}}}]\n',
    );
    const printed = await kubectl('kustomize', folder());
    const applied = await cluster.kubectl(['-n', namespace, 'apply', '-f', '-'], { binary: path, stdin: printed });
    assert.match(applied, /^configmap\/gen-made-\w+ created\n$/);
    assert.match(await kubectl('get', '-k', folder(), '-o', 'name'), /^configmap\/gen-made-\w+\n$/);
    assert.match(await kubectl('delete', '-k', folder()), /deleted/);
  });

  test('create: from a cron job, a TLS pair, with dry run and for later apply', async () => {
    const tls = ['-keyout', join(folder(), 'k'), '-out', join(folder(), 'c'), '-subj', '/CN=x', '-nodes', '-newkey', 'ec'];
    await output('openssl', ['req', '-x509', '-pkeyopt', 'ec_paramgen_curve:prime256v1', ...tls]);
    await kubectl('create', 'secret', 'tls', 'pair', `--cert=${join(folder(), 'c')}`, `--key=${join(folder(), 'k')}`);
    assert.equal(await kubectl('get', 'secret', 'pair', '-o', 'jsonpath={.type}'), 'kubernetes.io/tls');
    await kubectl('create', 'cronjob', 'rare', '--image=none', '--schedule=0 0 1 1 *');
    assert.match(await kubectl('create', 'job', 'now', '--from=cronjob/rare'), /job\.batch\/now created/);
    const owner = 'jsonpath={.metadata.ownerReferences[0].name} {.metadata.annotations.cronjob\\.kubernetes\\.io/instantiate}';
    assert.equal(await kubectl('get', 'job', 'now', '-o', owner), 'rare manual');
    assert.match(await kubectl('create', 'cm', 'dry', '--dry-run=server', '-o', 'yaml'), /uid: /);
    assert.match(await fails('get', 'cm', 'dry'), /NotFound/);
    const file = write('saved.yaml', configMap('saved', '1'));
    await kubectl('create', '--save-config', '-f', file);
    assert.equal(await kubectl('apply', '-f', file), 'configmap/saved unchanged\n');
    write('saved.yaml', `${configMap('saved', '1')}  b: 2\n`);
    assert.match(await fails('apply', '-f', file), /cannot unmarshal number into Go struct field ConfigMap\.data of type string/);
    write('saved.yaml', `${configMap('saved', '1')}date: {}\n`);
    assert.match(await fails('apply', '-f', file), /unknown field "date"/);
    assert.match(await kubectl('apply', '--validate=ignore', '-f', file), /saved (?:unchanged|configured)/);
  });

  test('label and annotate: overwritten, taken away, only at a version, of all', async () => {
    for (const name of ['l-1', 'l-2']) await kubectl('create', 'cm', name);
    await kubectl('label', 'cm', 'l-1', 'l-2', 'tier=web', 'seen=yes');
    assert.match(await fails('label', 'cm', 'l-1', 'tier=db'), /'tier' already has a value \(web\), and --overwrite is false/);
    await kubectl('label', 'cm', 'l-1', 'tier=db', '--overwrite');
    assert.match(await fails('label', 'cm', 'l-1', 'more=1', '--resource-version=1'), /the object has been modified|Conflict/);
    assert.match(await kubectl('get', 'cm', '-l', 'seen', '-L', 'tier', '--show-labels'), /l-1 +0 +\S+ +db +seen=yes,tier=db\n/);
    assert.match(await kubectl('label', 'cm', 'l-1', '--list'), /^seen=yes\ntier=db\n|^tier=db\nseen=yes\n/);
    await kubectl('label', 'cm', '-l', 'seen', 'seen-');
    assert.equal(await kubectl('get', 'cm', '-l', 'seen', '-o', 'name'), '');
    await kubectl('annotate', 'cm', '--all', 'note=here');
    assert.equal(await kubectl('get', 'cm', 'l-2', '-o', 'jsonpath={.metadata.annotations.note}'), 'here');
    await kubectl('annotate', 'cm', 'l-2', 'note-');
    assert.equal(await kubectl('get', 'cm', 'l-2', '-o', 'jsonpath={.metadata.annotations}'), '');
    assert.match(await kubectl('delete', 'cm', '-l', 'tier=web', '--dry-run=server'), /"l-2" deleted.*\(server dry run\)/);
    assert.match(await kubectl('delete', 'cm', '-l', 'tier in (web,db)'), /"l-1" deleted[^\n]*\nconfigmap "l-2" deleted/);
  });

  test('replace of what has changed since; a patch from a file, and by a subresource', async () => {
    await kubectl('create', 'deployment', 'parts', '--image=none', '--replicas=0');
    const stale = write('stale.yaml', await kubectl('get', 'deploy', 'parts', '-o', 'yaml'));
    const file = write(
      'patch.yaml',
      'spec:\n  template:\n    spec:\n      containers: [{name: none, args: [a]}, {name: two, image: b}]\n',
    );
    await kubectl('patch', 'deploy', 'parts', '--patch-file', file);
    const names = 'jsonpath={.spec.template.spec.containers[*].name}';
    assert.equal((await kubectl('get', 'deploy', 'parts', '-o', names)).split(' ').sort().join(), 'none,two');
    assert.match(
      await fails('replace', '-f', stale),
      /Operation cannot be fulfilled on deployments\.apps "parts": the object has been modified/,
    );
    if (version !== '1.27') {
      await kubectl('patch', 'deploy', 'parts', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":1}}');
      assert.equal(await kubectl('get', 'deploy', 'parts', '-o', 'jsonpath={.spec.replicas}'), '1');
    }
    const change = ['set', 'env', 'deploy/parts', '--containers=two', 'A=1'];
    await kubectl(...change);
    assert.match(await kubectl('set', 'env', 'deploy/parts', '--list'), /# Deployment parts, container two\nA=1/);
    await kubectl('set', 'env', 'deploy/parts', '--containers=two', 'A-');
    assert.doesNotMatch(await kubectl('set', 'env', 'deploy/parts', '--list'), /A=1/);
  });

  test('events: of an object, of a type; a node that is cordoned', async () => {
    await kubectl('create', 'deployment', 'told', '--image=none', '--replicas=1');
    await eventually('an event of the deployment', async () =>
      assert.match(await kubectl('events', '--for=deployment/told'), /Normal +ScalingReplicaSet +Deployment\/told +Scaled up/),
    );
    const pod = (await kubectl('get', 'pods', '-l', 'app=told', '-o', 'name')).trim();
    await eventually('a warning about the image', async () =>
      assert.match(
        await kubectl('events', '--types=Warning', `--for=${pod}`),
        /Warning +Failed +Pod\/told-\S+ +Failed to pull image/,
      ),
    );
    const selected = await kubectl('get', 'events', '--field-selector', 'reason=ScalingReplicaSet,involvedObject.name=told');
    assert.match(selected, /deployment\/told/);
    await kubectl('delete', 'deployment', 'told');
    await kubectl('cordon', 'node-1');
    assert.match(await kubectl('cordon', 'node-1'), /already cordoned/);
    assert.match(await kubectl('describe', 'node', 'node-1'), /Unschedulable: +true/);
    await kubectl('uncordon', 'node-1');
  });

  test('rollout: what can be done to a DaemonSet and a StatefulSet, and what cannot', async () => {
    const metadata = { name: 'rolled' };
    const template = { metadata: { labels: { app: 'rolled' } }, spec: { containers: [{ name: 'c', image: 'one' }] } };
    const common = { selector: { matchLabels: { app: 'rolled' } }, template };
    const items = [
      { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: common },
      { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { ...common, serviceName: 'rolled', replicas: 0 } },
    ];
    await kubectl('create', '-f', write('rolled.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items })));
    for (const kind of ['daemonset', 'statefulset']) {
      const name = `${kind}/rolled`;
      await kubectl('set', 'image', name, 'c=two');
      assert.match(await kubectl('rollout', 'restart', name), /restarted/);
      const template = 'jsonpath={.spec.template.spec.containers[0].image} {.spec.template.metadata.annotations}';
      assert.match(await kubectl('get', name, '-o', template), /^two {"kubectl\.kubernetes\.io\/restartedAt":"\d{4}-/);
      assert.match(await fails('rollout', 'pause', name), /pausing is not supported/);
    }
  });

  test('what is there: resources by verb and scope, versions, rights to paths and subresources', async () => {
    const listed = await kubectl('api-resources', '--namespaced=false', '--verbs=list,watch', '-o', 'wide', '--sort-by=name');
    assert.match(listed, /^nodes +no +v1 +false +Node +create,delete,deletecollection,get,list,patch,update,watch *$/m);
    assert.doesNotMatch(listed, /^pods /m);
    assert.match(await kubectl('api-resources', '--categories=all', '-o', 'name'), /^deployments\.apps$/m);
    assert.match(await kubectl('api-versions'), /^batch\/v1\n[\s\S]*^v1$/m);
    assert.equal(await kubectl('auth', 'can-i', 'get', '/healthz'), 'yes\n');
    assert.equal(await kubectl('auth', 'can-i', 'create', 'pods', '--subresource=exec'), 'yes\n');
    assert.match(await fails('auth', 'can-i', 'get', '/metrics', '--as=nobody'), /^no/);
    assert.match(await fails('get', 'nonsense'), /the server doesn't have a resource type "nonsense"/);
    assert.equal(await kubectl('get', 'cm', 'none', '--ignore-not-found'), '');
    assert.match(
      await kubectl('get', 'cm,sa', '--no-headers', '-o', 'name'),
      /configmap\/kube-root-ca\.crt\n[\s\S]*serviceaccount\/default/,
    );
  });

  test('config: clusters, users and contexts, made, used, renamed and taken away', async () => {
    const own = join(folder(), 'kubeconfig');
    copyFileSync(cluster.kubeconfig, own);
    const config = (...args: string[]) => output(path, ['config', ...args, `--kubeconfig=${own}`]);
    const current = (await config('current-context')).trim();
    const token = (await kubectl('create', 'token', 'default')).trim();
    await config('set-credentials', 'robot', `--token=${token}`);
    const server = cluster.apiUrl;
    const ca = join(folder(), 'ca');
    writeFileSync(ca, Buffer.from(/certificate-authority-data: (\S+)/.exec(readFileSync(own, 'utf8'))?.[1] ?? '', 'base64'));
    await config('set-cluster', 'again', `--server=${server}`, `--certificate-authority=${ca}`, '--embed-certs');
    await config('set-context', 'robotic', '--cluster=again', '--user=robot', `--namespace=${namespace}`);
    await config('use-context', 'robotic');
    const refused = await run(path, ['get', 'cm', `--kubeconfig=${own}`]);
    assert.match(
      refused.stderr,
      new RegExp(`User "system:serviceaccount:${namespace}:default" cannot list resource "configmaps"`),
    );
    await config('rename-context', 'robotic', 'renamed');
    assert.match(await config('get-contexts'), new RegExp(`^\\* +renamed +again +robot +${namespace}$`, 'm'));
    assert.match(await config('get-clusters'), /^again$/m);
    assert.match(await config('get-users'), /^robot$/m);
    await config('set', 'contexts.renamed.namespace', 'default');
    assert.match(await config('view', '--minify'), /namespace: default/);
    await config('unset', 'contexts.renamed.namespace');
    for (const [verb, name] of [
      ['delete-context', 'renamed'],
      ['delete-user', 'robot'],
      ['delete-cluster', 'again'],
    ] as const)
      await config(verb, name);
    assert.match((await run(path, ['get', 'cm', `--kubeconfig=${own}`, `--context=${current}`])).stdout, /kube-root-ca\.crt/);
  });
}
