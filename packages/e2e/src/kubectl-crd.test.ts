import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from './harness/cluster.js';
import { run } from './harness/command.js';
import { eventually } from './harness/eventually.js';
import { type KubectlBinary, kubectlBinaries } from './harness/kubectl.js';

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.start({ bare: true, nodes: 1, controlPlanes: 1 });
});
after(() => cluster?.wipe());

for (const [i, binary] of kubectlBinaries().entries()) describe(`kubectl ${binary.version}`, () => extended(binary, i));

/** The life of a kind that a user defines, and of a certificate that somebody asks for. */
function extended({ path }: KubectlBinary, number: number): void {
  const group = `crd${number}.example.com`;
  const kubectl = (...args: string[]) => cluster.kubectl(args, { binary: path });
  const fails = async (...args: string[]) => {
    const { code, stderr } = await run(path, args, { env: { KUBECONFIG: cluster.kubeconfig } });
    assert.equal(code, 1, `kubectl ${args.join(' ')} ended with ${code}`);
    return stderr;
  };
  const folder = () => join(cluster.stateDir, `crd-${number}`);
  const write = (name: string, object: object) => {
    mkdirSync(folder(), { recursive: true });
    const file = join(folder(), name);
    writeFileSync(file, JSON.stringify(object));
    return file;
  };
  const boat = (version: string, name: string, spec: object) => ({
    ...{ apiVersion: `${group}/${version}`, kind: 'Boat', metadata: { name, namespace: 'default' }, spec },
  });

  test('a definition is served as soon as it is established', async () => {
    await kubectl('apply', '-f', write('crd.json', definition(group)));
    await kubectl('wait', `crd/boats.${group}`, '--for=condition=Established', '--timeout=10s');
    assert.match(await kubectl('api-resources', `--api-group=${group}`), new RegExp(`^boats +bt +${group}/v1 +true +Boat$`, 'm'));
    await eventually('kubectl explains it', async () => {
      assert.match(await kubectl('explain', `boats.${group}`, '--recursive'), /crew\s+<integer>/);
    });
  });

  test('its objects are defaulted, pruned and checked, by rules in CEL as well', async () => {
    const file = write('one.json', boat('v1', 'one', { crew: 2 }));
    assert.equal(await kubectl('apply', '-f', file), `boat.${group}/one created\n`);
    assert.equal(await kubectl('get', 'bt', 'one', '-o', 'jsonpath={.spec}'), '{"crew":2,"sails":1}');
    assert.match(await kubectl('get', 'bt'), /^NAME +CREW +AGE\none +2 +\d+s\n$/);
    assert.match(
      await fails('apply', '-f', write('bad.json', boat('v1', 'bad', { crew: 'many' }))),
      /spec\.crew: Invalid value: "string": spec\.crew in body must be of type integer: "string"/,
    );
    assert.match(
      await fails('apply', '-f', write('bad.json', boat('v1', 'bad', { crew: 1, sails: 9 }))),
      /spec: Invalid value: too few hands for so many sails/,
    );
    assert.match(
      await fails('create', '-f', write('bad.json', boat('v1', 'bad', { crew: 1, motor: 1 }))),
      /unknown field "spec\.motor"/,
    );
  });

  test('patch, scale, status, server-side apply, and another version', async () => {
    const patch = JSON.stringify({ spec: { crew: 3 } });
    assert.match(await kubectl('patch', 'bt', 'one', '--type=merge', '-p', patch), /patched/);
    assert.match(await kubectl('scale', '--replicas=4', 'bt/one'), /scaled/);
    assert.equal(await kubectl('get', 'bt', 'one', '-o', 'jsonpath={.spec.crew}'), '4');
    const status = JSON.stringify({ status: { aboard: 4 }, spec: { crew: 9 } });
    await kubectl('patch', 'bt', 'one', '--subresource=status', '--type=merge', '-p', status);
    assert.equal(await kubectl('get', 'bt', 'one', '-o', 'jsonpath={.spec.crew} {.status.aboard}'), '4 4');
    const applied = write('ssa.json', boat('v1', 'one', { crew: 5 }));
    assert.match(
      await fails('apply', '--server-side', '--field-manager=captain', '-f', applied),
      /Apply failed with 1 conflict: conflict with "kubectl[^"]*" with subresource "scale" using .*: \.spec\.crew/,
    );
    await kubectl('apply', '--server-side', '--field-manager=captain', '--force-conflicts', '-f', applied);
    assert.equal(
      await kubectl('get', `boats.v1beta1.${group}`, 'one', '-o', 'jsonpath={.apiVersion} {.spec.crew}'),
      `${group}/v1beta1 5`,
    );
  });

  test('quotas count them, owners take them along, and a namespace goes with them', async () => {
    const fleet = `fleet${number}`;
    const at = ['-n', fleet];
    const inFleet = (name: string, metadata: object = {}) => ({
      ...boat('v1', name, { crew: 2 }),
      metadata: { name, namespace: fleet, ...metadata },
    });
    await kubectl('create', 'namespace', fleet);
    await kubectl('create', 'quota', 'berths', `--hard=count/boats.${group}=2`, ...at);
    const used = () => kubectl('get', 'quota', 'berths', '-o', 'jsonpath={.status.used}', ...at);
    await eventually('the quota is told', async () => assert.equal(await used(), `{"count/boats.${group}":"0"}`));
    await kubectl('create', 'configmap', 'harbour', ...at);
    const uid = await kubectl('get', 'configmap', 'harbour', '-o', 'jsonpath={.metadata.uid}', ...at);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'harbour', uid }];
    await kubectl('create', '-f', write('owned.json', inFleet('owned', { ownerReferences })));
    await kubectl('create', '-f', write('held.json', inFleet('held', { finalizers: ['example.com/hold'] })));
    assert.match(
      await fails('create', '-f', write('third.json', inFleet('third'))),
      /exceeded quota: berths, requested: count\/boats\.\S+=1, used: count\/boats\.\S+=2, limited: count\/boats\.\S+=2/,
    );
    await kubectl('delete', 'configmap', 'harbour', ...at);
    await kubectl('wait', `boats.${group}/owned`, '--for=delete', '--timeout=20s', ...at);
    await eventually('its berth is free', async () => assert.equal(await used(), `{"count/boats.${group}":"1"}`));
    await kubectl('delete', 'namespace', fleet, '--wait=false');
    const waiting = '{.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].message}';
    await eventually('it says what it waits for', async () => {
      const message = await kubectl('get', 'namespace', fleet, '-o', `jsonpath=${waiting}`);
      assert.equal(message, 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances');
    });
    const release = JSON.stringify({ metadata: { finalizers: null } });
    await kubectl('patch', `boats.${group}`, 'held', '--type=merge', '-p', release, ...at);
    await kubectl('wait', `namespace/${fleet}`, '--for=delete', '--timeout=30s');
  });

  test('the definition goes, and its objects with it', async () => {
    await kubectl('delete', 'crd', `boats.${group}`);
    assert.match(await fails('get', `boats.${group}`), /the server doesn't have a resource type "boats"/);
  });

  /** A new key, and a request for a certificate of it. */
  const signingRequest = async (name: string, subject: string, signerName: string) => {
    const key = join(folder(), `${name}.key`);
    const { code, stdout, stderr } = await run('openssl', [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-keyout', key, '-subj', subject],
    ]);
    assert.equal(code, 0, stderr);
    const usages = ['client auth', 'digital signature'];
    const spec = { request: Buffer.from(stdout).toString('base64'), usages, signerName };
    const request = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec };
    return { key, file: write('csr.json', request) };
  };

  test('certificate: a request that is approved is signed, and good for the API', async () => {
    const name = `client-${randomUUID()}`;
    const { key, file } = await signingRequest(name, `/O=sailors/CN=${name}`, 'kubernetes.io/kube-apiserver-client');
    await kubectl('create', '-f', file);
    await kubectl('certificate', 'approve', name);
    await eventually('it is issued', async () => assert.match(await kubectl('get', 'csr', name), / Approved,Issued\n$/));
    const issued = await kubectl('get', 'csr', name, '-o', 'jsonpath={.status.certificate}');
    const certificate = join(folder(), `${name}.crt`);
    writeFileSync(certificate, Buffer.from(issued, 'base64'));
    const own = join(folder(), `${name}.kubeconfig`);
    copyFileSync(cluster.kubeconfig, own);
    const files = [`--client-certificate=${certificate}`, `--client-key=${key}`];
    await kubectl('config', 'set-credentials', name, ...files, '--embed-certs', `--kubeconfig=${own}`);
    const refused = await fails('get', 'pods', `--user=${name}`, `--kubeconfig=${own}`);
    assert.match(refused, new RegExp(`User "${name}" cannot list resource "pods"`));
  });

  test('certificate: a node may have its own anew, without anybody who approves', async () => {
    const name = `system:node:${randomUUID()}`;
    const role = 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient';
    await kubectl('create', 'clusterrolebinding', `renewal-${number}`, `--clusterrole=${role}`, '--group=system:nodes');
    const request = name.replaceAll(':', '-');
    const { file } = await signingRequest(request, `/O=system:nodes/CN=${name}`, 'kubernetes.io/kube-apiserver-client-kubelet');
    await kubectl('create', '-f', file, '--as', name, '--as-group=system:nodes');
    await eventually('it is issued', async () => assert.match(await kubectl('get', 'csr', request), / Approved,Issued\n$/));
    assert.match(
      await kubectl('get', 'csr', request, '-o', 'jsonpath={.status.conditions[0].message}'),
      /^Auto approving self kubelet client certificate after SubjectAccessReview\.$/,
    );
  });

  test('certificate: approve and deny', async () => {
    for (const verb of ['approve', 'deny'] as const) {
      const name = `${verb}-${randomUUID()}`;
      const { file } = await signingRequest(name, `/O=sailors/CN=${name}`, 'example.com/port');
      await kubectl('create', '-f', file);
      assert.match(await kubectl('get', 'csr', name), /example\.com\/port +kubernetes-admin +<none> +Pending/);
      const verdict = verb === 'approve' ? 'approved' : 'denied';
      assert.match(await kubectl('certificate', verb, name), new RegExp(`${name} ${verdict}`));
      assert.match(await kubectl('get', 'csr', name), new RegExp(verb === 'approve' ? 'Approved' : 'Denied'));
    }
  });
}

function definition(group: string): object {
  const integer = { type: 'integer' };
  const spec = {
    type: 'object',
    required: ['crew'],
    properties: { crew: integer, sails: { ...integer, default: 1 } },
    'x-kubernetes-validations': [{ rule: 'self.sails <= 2 * self.crew', message: 'too few hands for so many sails' }],
  };
  const schema = {
    openAPIV3Schema: { type: 'object', properties: { spec, status: { type: 'object', properties: { aboard: integer } } } },
  };
  const version = (name: string, storage: boolean) => ({
    ...{ name, storage, served: true, schema },
    subresources: { status: {}, scale: { specReplicasPath: '.spec.crew', statusReplicasPath: '.status.aboard' } },
    additionalPrinterColumns: [
      { name: 'Crew', type: 'integer', jsonPath: '.spec.crew' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `boats.${group}` },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural: 'boats', singular: 'boat', kind: 'Boat', shortNames: ['bt'] } },
      versions: [version('v1', true), version('v1beta1', false)],
    },
  };
}
