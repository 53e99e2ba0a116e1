import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { type Call, TestServer } from '../../../testing/api-servers.js';
import { parsePkcs10 } from './pkcs10.js';

const signers = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const approved = { type: 'Approved', status: 'True', reason: 'r', message: 'm' };
let server: TestServer;

function pem(subject: string, key = 'ec -pkeyopt ec_paramgen_curve:prime256v1'): string {
  const args = ['req', '-new', '-newkey', ...key.split(' '), '-nodes', '-keyout', '/dev/null'];
  return execFileSync('openssl', [...args, '-subj', subject], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function signingRequest(name: string, signerName: string, subject = '/O=devs/CN=zoe'): object {
  const spec = { request: Buffer.from(pem(subject)).toString('base64'), signerName, usages: ['client auth'], username: 'root' };
  return { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec };
}

const as = (user: string, headers: Call['headers'] = {}): Call => ({
  headers: { 'impersonate-user': user, 'content-type': 'application/json', ...headers },
});

before(async () => {
  server = await TestServer.start();
  const rules = (verb: string, names: readonly string[]) => [
    {
      apiGroups: ['certificates.k8s.io'],
      resources: ['certificatesigningrequests', 'certificatesigningrequests/approval', 'certificatesigningrequests/status'],
      verbs: ['*'],
    },
    { apiGroups: ['certificates.k8s.io'], resources: ['signers'], resourceNames: names, verbs: [verb] },
  ];
  for (const [user, verb, names] of [
    ['ann', 'approve', ['example.org/one']],
    ['dom', 'approve', ['example.org/*']],
    ['sam', 'sign', ['example.org/one']],
  ] as const) {
    const metadata = { name: user };
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata, rules: rules(verb, names) };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user };
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }];
    const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata, roleRef, subjects };
    assert.equal((await server.call(`${rbac}/clusterroles`, { method: 'POST', body: role })).code, 201);
    assert.equal((await server.call(`${rbac}/clusterrolebindings`, { method: 'POST', body: binding })).code, 201);
  }
  while ((await server.call(signers, as('sam'))).code !== 200) await new Promise((resolve) => setImmediate(resolve));
});
after(() => server.close());

const organizationTable: readonly (readonly [string, readonly string[]])[] = [
  ['/CN=zoe', []],
  ['/O=devs/CN=zoe', ['devs']],
  ['/C=DE/O=system:masters/O=ops/OU=x/CN=zoe', ['system:masters', 'ops']],
];
for (const [subject, expected] of organizationTable) {
  test(`organizations of ${subject}`, () => assert.deepEqual(parsePkcs10(pem(subject)).organizations, expected));
}

const wrapped = (der: Buffer) =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;

/** The request of another subject under the signature of the first. */
function forged(): string {
  const der = Buffer.from(pem('/CN=zoe').replace(/-----[^-]+-----/g, ''), 'base64');
  der.write('amy', der.indexOf('zoe'));
  return wrapped(der);
}

for (const key of ['rsa:2048', 'ec -pkeyopt ec_paramgen_curve:secp384r1', 'ed25519']) {
  test(`the signature of a key of ${key}`, () => assert.equal(parsePkcs10(pem('/CN=zoe', key)).signatureProblem(), undefined));
}

const unsignedTable: readonly (readonly [string, string, string])[] = [
  ['forged', forged(), 'x509: signature verification failure'],
  ['empty', wrapped(Buffer.from([0x30, 0])), "asn1: structure error: tags don't match"],
  ['cut off', wrapped(Buffer.from([0x30, 0x82, 1])), 'asn1: syntax error: data truncated'],
  [
    'of another type',
    pem('/CN=zoe').replaceAll('CERTIFICATE REQUEST', 'NEW THING'),
    'PEM block type must be CERTIFICATE REQUEST',
  ],
];
for (const [what, text, problem] of unsignedTable) {
  test(`a request that is ${what} is refused`, async () => {
    const request = Buffer.from(text).toString('base64');
    const spec = { request, signerName: 'example.org/one', usages: ['client auth'] };
    const body = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'bad' }, spec };
    const { code, json } = await server.call(signers, { method: 'POST', body });
    const message = `CertificateSigningRequest.certificates.k8s.io "bad" is invalid: spec.request: Invalid value: "${request}": ${problem}`;
    assert.deepEqual([code, json.message], [422, message]);
  });
}

test('conditions say since when, and keep it', async () => {
  const made = await server.call(signers, { method: 'POST', body: signingRequest('timed', 'example.org/one') });
  const write = async (body: object, subresource: string, conditions: readonly object[]) =>
    (await server.call(`${signers}/timed/${subresource}`, { method: 'PUT', body: { ...body, status: { conditions } } })).json;
  const first = await write(made.json, 'approval', [approved]);
  const [condition] = first.status.conditions;
  assert.match(condition.lastUpdateTime, /^\d{4}-/);
  assert.equal(condition.lastTransitionTime, condition.lastUpdateTime);
  const since = { lastUpdateTime: '2020-01-01T00:00:00Z', lastTransitionTime: '2020-01-01T00:00:00Z' };
  const given = await write(first, 'approval', [{ ...approved, ...since }]);
  assert.deepEqual(given.status.conditions, [{ ...approved, ...since }]);
  const again = await write(given, 'approval', [{ ...approved, reason: 'other' }]);
  assert.equal(again.status.conditions[0].lastTransitionTime, since.lastTransitionTime, 'the condition still holds');
  assert.notEqual(again.status.conditions[0].lastUpdateTime, since.lastUpdateTime);
});

test('a request says who made it, not who it says', async () => {
  const reply = await server.call(signers, { ...as('ann'), method: 'POST', body: signingRequest('mine', 'example.org/one') });
  assert.equal(reply.code, 201, reply.text);
  assert.deepEqual([reply.json.spec.username, reply.json.spec.groups], ['ann', ['system:authenticated']]);
});

test('nobody becomes an administrator by certificate', async () => {
  const signer = 'kubernetes.io/kube-apiserver-client';
  const create = (name: string, subject: string) =>
    server.call(signers, { method: 'POST', body: signingRequest(name, signer, subject) });
  const refused = await create('master', '/O=system:masters/CN=zoe');
  assert.equal(refused.code, 403);
  assert.equal(
    refused.json.message,
    `certificatesigningrequests.certificates.k8s.io "master" is forbidden: use of ${signer} signer with system:masters group is not allowed`,
  );
  assert.equal((await create('dev', '/O=devs/CN=zoe')).code, 201);
});

/** Who does what to a request for which signer. */
const table: readonly (readonly [string, string, 'approval' | 'status', object, number, string?])[] = [
  ['ann', 'example.org/one', 'approval', { conditions: [approved] }, 200],
  [
    'ann',
    'example.org/two',
    'approval',
    { conditions: [approved] },
    403,
    'user not permitted to approve requests with signerName "example.org/two"',
  ],
  ['dom', 'example.org/two', 'approval', { conditions: [approved] }, 200],
  ['sam', 'example.org/one', 'approval', { conditions: [approved] }, 403],
  ['sam', 'example.org/one', 'status', { conditions: [{ ...approved, type: 'Failed' }] }, 200],
  [
    'ann',
    'example.org/one',
    'status',
    { conditions: [{ ...approved, type: 'Failed' }] },
    403,
    'user not permitted to sign requests with signerName "example.org/one"',
  ],
];
for (const [i, [user, signer, subresource, status, code, message]] of table.entries()) {
  test(`${user} writes the ${subresource} of a request for ${signer}: ${code}`, async () => {
    const name = `csr-${i}`;
    const made = await server.call(signers, { method: 'POST', body: signingRequest(name, signer) });
    assert.equal(made.code, 201, made.text);
    const reply = await server.call(`${signers}/${name}/${subresource}`, {
      ...as(user),
      method: 'PUT',
      body: { ...made.json, status },
    });
    assert.equal(reply.code, code, reply.text);
    if (message !== undefined) {
      assert.equal(reply.json.message, `certificatesigningrequests.certificates.k8s.io "${name}" is forbidden: ${message}`);
    }
  });
}
