import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Definition, kinds } from '@flotilla/api';
import { TestAuthority } from '@flotilla/process/testing';
import { decodeJwt, importJWK, jwtVerify, SignJWT } from 'jose';
import { type Call, TestServer } from '../testing/api-servers.js';
import { alicePair, serviceAccountKey, testCa } from '../testing/certificates.js';
import { until } from '../testing/custom-resources.js';
import { testFile } from '../testing/files.js';
import { startOidcIssuer } from '../testing/oidc-issuer.js';
import type { Loose } from '../testing/registries.js';

const frontProxy = new TestAuthority('front-proxy-ca');
const proxyPair = frontProxy.issue({ commonName: 'front-proxy-client' });
const otherProxyPair = frontProxy.issue({ commonName: 'somebody-else' });
const proxyCaFile = testFile('front-proxy-ca.crt', frontProxy.pair.cert);
let issuer: Awaited<ReturnType<typeof startOidcIssuer>>;
let server: TestServer;

before(async () => {
  issuer = await startOidcIssuer();
  server = await TestServer.start(
    '--enable-bootstrap-token-auth',
    `--client-ca-file=${testFile('clients.crt', testCa)}`,
    `--oidc-issuer-url=${issuer.url}`,
    '--oidc-client-id=flotilla',
    `--oidc-ca-file=${issuer.caFile}`,
    '--oidc-groups-claim=groups',
    '--oidc-groups-prefix=oidc:',
    '--oidc-required-claim=tenant=ours',
    `--requestheader-client-ca-file=${proxyCaFile}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-uid-headers=X-Remote-Uid',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
  );
});
after(async () => {
  await server.close();
  await issuer.close();
});

const authenticationInfoPath = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';

async function authenticationInfo(): Promise<Loose> {
  return (await server.call(authenticationInfoPath)).json?.data;
}

async function whoAmI(call: Call): Promise<Loose> {
  const { code, json } = await server.call('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    ...call,
    method: 'POST',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return code === 201 ? json.status.userInfo : json.message;
}

const bearer = (token: string): Call => ({ as: null, headers: { authorization: `Bearer ${token}` } });

async function made(path: string, body: object): Promise<Loose> {
  const reply = await server.call(path, { method: 'POST', body });
  assert.equal(reply.code, 201, reply.text);
  return reply.json;
}

const inDefault = '/api/v1/namespaces/default';
const makeAccount = (name: string) =>
  made(`${inDefault}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
const requestToken = (account: string, spec: object) =>
  server.call(`${inDefault}/serviceaccounts/${account}/token`, {
    method: 'POST',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
  });
const makePod = (name: string, serviceAccountName: string, nodeName?: string) =>
  made(`${inDefault}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { serviceAccountName, ...(nodeName === undefined ? {} : { nodeName }), containers: [{ name: 'c', image: 'x' }] },
  });

async function reviewed(token: string, audiences?: readonly string[]): Promise<Loose> {
  const spec = { token, ...(audiences === undefined ? {} : { audiences }) };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec };
  return (await server.call('/apis/authentication.k8s.io/v1/tokenreviews', { method: 'POST', body })).json.status;
}

const base = {
  'token-id': 'abcdef',
  'token-secret': '0123456789abcdef',
  'usage-bootstrap-authentication': 'true',
};
/** What the Secret says, and whether its token is then a credential. */
const bootstrapTable: readonly (readonly [string, Record<string, string>, string, readonly string[] | undefined])[] = [
  ['plain', base, 'abcdef.0123456789abcdef', ['system:bootstrappers']],
  [
    'with groups',
    { ...base, 'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token,system:bootstrappers:a' },
    'abcdef.0123456789abcdef',
    ['system:bootstrappers', 'system:bootstrappers:a', 'system:bootstrappers:kubeadm:default-node-token'],
  ],
  ['a group of another sort', { ...base, 'auth-extra-groups': 'system:masters' }, 'abcdef.0123456789abcdef', undefined],
  ['another secret', base, 'abcdef.0123456789abcdee', undefined],
  ['expired', { ...base, expiration: '2020-01-01T00:00:00Z' }, 'abcdef.0123456789abcdef', undefined],
  ['an expiration that nobody can read', { ...base, expiration: 'soon' }, 'abcdef.0123456789abcdef', undefined],
  ['not yet expired', { ...base, expiration: '2120-01-01T00:00:00Z' }, 'abcdef.0123456789abcdef', ['system:bootstrappers']],
  ['not for authentication', { ...base, 'usage-bootstrap-authentication': 'false' }, 'abcdef.0123456789abcdef', undefined],
];

for (const [what, stringData, token, groups] of bootstrapTable) {
  test(`bootstrap token, ${what}`, async () => {
    const secrets = '/api/v1/namespaces/kube-system/secrets';
    const name = 'bootstrap-token-abcdef';
    await server.call(`${secrets}/${name}`, { method: 'DELETE' });
    const secret = await made(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'bootstrap.kubernetes.io/token',
      stringData,
    });
    const cached = await server.registries.at().registry.cached(kinds.secrets as unknown as Definition);
    while (cached.get('kube-system', name)?.metadata.uid !== secret.metadata.uid)
      await new Promise((resolve) => setImmediate(resolve));
    const status = await reviewed(token);
    assert.deepEqual(status.user.groups, groups === undefined ? undefined : [...groups, 'system:authenticated']);
    if (groups !== undefined) assert.equal(status.user.username, 'system:bootstrap:abcdef');
  });
}

const oidcTable: readonly (readonly [string, Record<string, unknown>, object | 'Unauthorized'])[] = [
  [
    'the subject and groups',
    { tenant: 'ours', groups: ['a', 'b'], jti: 'j' },
    {
      username: '#u-1',
      groups: ['oidc:a', 'oidc:b', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=j'] },
    },
  ],
  ['one group', { tenant: 'ours', groups: 'a' }, { username: '#u-1', groups: ['oidc:a', 'system:authenticated'] }],
  ['no required claim', {}, 'Unauthorized'],
  ['another value of it', { tenant: 'theirs' }, 'Unauthorized'],
  ['another audience', { tenant: 'ours', aud: 'other' }, 'Unauthorized'],
  ['groups that are none', { tenant: 'ours', groups: { a: 1 } }, 'Unauthorized'],
  ['no subject', { tenant: 'ours', sub: '' }, 'Unauthorized'],
];
for (const [what, claims, expected] of oidcTable) {
  test(`OIDC, ${what}`, async () => {
    const who = await whoAmI(bearer(await issuer.sign(claims)));
    if (typeof expected === 'string') assert.equal(who, expected);
    else assert.deepEqual(who, { ...expected, username: `${issuer.url}${(expected as { username: string }).username}` });
  });
}

test('OIDC: an expired token is refused, and a forged one; the issuer is not asked about each', async () => {
  assert.equal(await whoAmI(bearer(await issuer.sign({ tenant: 'ours' }, '-1s'))), 'Unauthorized');
  const [head = '', , signature = ''] = (await issuer.sign({ tenant: 'ours' })).split('.');
  const forged = Buffer.from(JSON.stringify({ iss: issuer.url, aud: 'flotilla', sub: 'root', tenant: 'ours', exp: 2 ** 32 }));
  assert.equal(await whoAmI(bearer(`${head}.${forged.toString('base64url')}.${signature}`)), 'Unauthorized');
  const before = issuer.requests;
  await whoAmI(bearer(await issuer.sign({ tenant: 'ours', jti: 'again' })));
  assert.equal(issuer.requests, before, 'a known key is not fetched again');
});

test('a front proxy is believed, with its own certificate only, and its headers go no further', async () => {
  const headers = {
    'x-remote-user': 'carol',
    'x-remote-uid': 'u',
    'x-remote-group': ['a', 'b'],
    'x-remote-extra-some%2fkey': 'v',
  };
  assert.deepEqual(await whoAmI({ as: proxyPair, headers }), {
    username: 'carol',
    uid: 'u',
    groups: ['a', 'b', 'system:authenticated'],
    extra: { 'some/key': ['v'] },
  });
  assert.equal(await whoAmI({ as: otherProxyPair, headers }), 'Unauthorized');
  assert.equal(await whoAmI({ as: proxyPair }), 'Unauthorized');
  assert.equal((await whoAmI({ as: alicePair, headers })).username, 'alice');
  assert.equal(await whoAmI({ as: null, headers }), 'Unauthorized');
});

test('extension API servers find out whom to trust', async () => {
  const data = await authenticationInfo();
  assert.equal(data['requestheader-username-headers'], '["X-Remote-User"]');
  assert.equal(data['requestheader-client-ca-file'], frontProxy.pair.cert);
  assert.equal(data['client-ca-file'], testCa);
});

test('an authority of clients that comes to --client-ca-file is told to extension API servers, and its clients are let in', async () => {
  const next = new TestAuthority('next-client-ca');
  const carol = next.issue({ commonName: 'carol' });
  testFile('clients.crt', testCa + next.pair.cert);
  await until(async () => (await authenticationInfo())['client-ca-file'] === testCa + next.pair.cert);
  assert.equal((await whoAmI({ as: carol })).username, 'carol');
  testFile('clients.crt', testCa);
  await until(async () => (await whoAmI({ as: carol })) === 'Unauthorized');
});

test('what somebody takes out of extension-apiserver-authentication comes back, and so does the whole', async () => {
  const data = await authenticationInfo();
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = { data: { 'client-ca-file': 'nonsense', 'requestheader-allowed-names': '["other-proxy"]', more: 'x' } };
  assert.equal((await server.call(authenticationInfoPath, { method: 'PATCH', headers, body })).code, 200);
  const allowed = '["other-proxy","front-proxy-client"]';
  await until(async () => (await authenticationInfo())['requestheader-allowed-names'] === allowed);
  assert.deepEqual(await authenticationInfo(), { ...data, 'client-ca-file': testCa, 'requestheader-allowed-names': allowed });
  assert.equal((await server.call(authenticationInfoPath, { method: 'DELETE' })).code, 200);
  const own = { ...data, 'client-ca-file': testCa, 'requestheader-client-ca-file': frontProxy.pair.cert };
  await until(async () => (await server.call(authenticationInfoPath)).code === 200);
  assert.deepEqual(await authenticationInfo(), own);
});

test("a front proxy's authority that is replaced is the one from then on, for extension API servers too", async () => {
  const next = new TestAuthority('next-front-proxy-ca');
  const nextPair = next.issue({ commonName: 'front-proxy-client' });
  const headers = { 'x-remote-user': 'carol' };
  assert.equal(await whoAmI({ as: nextPair, headers }), 'Unauthorized');
  testFile('front-proxy-ca.crt', next.pair.cert);
  // Another API server may not have it yet: Kubernetes adds to what is there.
  const told = async () => (await authenticationInfo())['requestheader-client-ca-file'] === frontProxy.pair.cert + next.pair.cert;
  await until(async () => (await told()) && (await whoAmI({ as: nextPair, headers })).username === 'carol');
  assert.equal(await whoAmI({ as: proxyPair, headers }), 'Unauthorized');
  testFile('front-proxy-ca.crt', frontProxy.pair.cert);
  await until(async () => (await whoAmI({ as: proxyPair, headers })).username === 'carol');
});

test('a token of a pod tells its pod and node, and dies with the pod', async () => {
  await makeAccount('worker');
  const node = await made('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n-1' } });
  const pod = await makePod('p-1', 'worker', 'n-1');
  const reply = await requestToken('worker', {
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p-1', uid: pod.metadata.uid },
  });
  const { token } = reply.json.status;
  const { extra, ...user } = (await reviewed(token)).user;
  assert.equal(user.username, 'system:serviceaccount:default:worker');
  assert.deepEqual(extra, {
    'authentication.kubernetes.io/credential-id': [`JTI=${decodeJwt(token).jti}`],
    'authentication.kubernetes.io/node-name': ['n-1'],
    'authentication.kubernetes.io/node-uid': [node.metadata.uid],
    'authentication.kubernetes.io/pod-name': ['p-1'],
    'authentication.kubernetes.io/pod-uid': [pod.metadata.uid],
  });
  await server.call('/api/v1/nodes/n-1', { method: 'DELETE' });
  assert.equal((await reviewed(token)).authenticated, true, 'the node of a pod is information');
  await server.call(`${inDefault}/pods/p-1?gracePeriodSeconds=0`, { method: 'DELETE' });
  while ((await reviewed(token)).authenticated === true) await new Promise((resolve) => setImmediate(resolve));
});

test('a token bound to a node or a Secret dies with it', async () => {
  await makeAccount('bound');
  await made('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n-2' } });
  await made(`${inDefault}/secrets`, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's-2' } });
  for (const [kind, name, path] of [
    ['Node', 'n-2', '/api/v1/nodes/n-2'],
    ['Secret', 's-2', `${inDefault}/secrets/s-2`],
  ] as const) {
    const { token } = (await requestToken('bound', { boundObjectRef: { apiVersion: 'v1', kind, name } })).json.status;
    assert.equal((await reviewed(token)).authenticated, true, kind);
    await server.call(path, { method: 'DELETE' });
    while ((await reviewed(token)).authenticated === true) await new Promise((resolve) => setImmediate(resolve));
  }
});

test('a token is for its audience', async () => {
  await makeAccount('aimed');
  const { token } = (await requestToken('aimed', { audiences: ['vault'] })).json.status;
  assert.equal(await whoAmI(bearer(token)), 'Unauthorized');
  assert.deepEqual((await reviewed(token, ['vault', 'other'])).audiences, ['vault']);
  assert.equal((await reviewed(token, ['other'])).authenticated, undefined);
  assert.equal((await reviewed('secret-of-bob', ['vault'])).authenticated, undefined);
  assert.deepEqual((await reviewed('secret-of-bob')).audiences, ['https://kubernetes.default.svc']);
});

const requestTable: readonly (readonly [string, object, number, string])[] = [
  [
    'too short',
    { expirationSeconds: 5 },
    422,
    'TokenRequest.authentication.k8s.io "asker" is invalid: spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
  ],
  [
    'too long',
    { expirationSeconds: 2 ** 32 + 1 },
    422,
    'TokenRequest.authentication.k8s.io "asker" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
  ],
  [
    'bound to a pod of another account',
    { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'of-other' } },
    400,
    'cannot bind token for serviceaccount "asker" to pod running with different serviceaccount name.',
  ],
  [
    'bound to what all objects inherit',
    { boundObjectRef: { apiVersion: 'v1', kind: 'constructor', name: 'x' } },
    400,
    'cannot bind token to object of type v1, Kind=constructor',
  ],
  ['bound to nothing', { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'gone' } }, 404, 'pods "gone" not found'],
];
test('what cannot be asked of a token', async () => {
  await makeAccount('asker');
  await makeAccount('other');
  await makePod('of-other', 'other');
  for (const [what, spec, code, message] of requestTable) {
    const reply = await requestToken('asker', spec);
    assert.deepEqual([reply.code, reply.json.message], [code, message], what);
  }
});

test('a pod that reads its token once gets one that lives a year', async () => {
  await makeAccount('once');
  await makePod('p-3', 'once');
  const { status } = (
    await requestToken('once', { expirationSeconds: 3607, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p-3' } })
  ).json;
  const { iat = 0, exp = 0, 'kubernetes.io': claims } = decodeJwt<Loose>(status.token);
  assert.equal(exp - iat, 365 * 24 * 3600);
  assert.equal(claims.warnafter - iat, 3607);
  assert.equal(Date.parse(status.expirationTimestamp) / 1000 - iat, 3607);
});

test('a token of the old sort has to lie in its Secret', async () => {
  const account = await makeAccount('old');
  const token = await new SignJWT({
    'kubernetes.io/serviceaccount/namespace': 'default',
    'kubernetes.io/serviceaccount/secret.name': 'old-token',
    'kubernetes.io/serviceaccount/service-account.name': 'old',
    'kubernetes.io/serviceaccount/service-account.uid': account.metadata.uid,
  })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer('kubernetes/serviceaccount')
    .setSubject('system:serviceaccount:default:old')
    .sign(createPrivateKey(serviceAccountKey));
  assert.equal((await reviewed(token)).authenticated, undefined);
  await made(`${inDefault}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'old-token', annotations: { 'kubernetes.io/service-account.name': 'old' } },
    type: 'kubernetes.io/service-account-token',
    stringData: { token },
  });
  assert.equal((await reviewed(token)).user.username, 'system:serviceaccount:default:old');
  await server.call(`${inDefault}/secrets/old-token`, { method: 'DELETE' });
  while ((await reviewed(token)).authenticated === true) await new Promise((resolve) => setImmediate(resolve));
});

test('anybody can verify service-account tokens with the documents of their issuer', async () => {
  await makeAccount('verified');
  const { token } = (await requestToken('verified', {})).json.status;
  const configuration = await server.call('/.well-known/openid-configuration', bearer(token));
  assert.equal(configuration.json.issuer, 'https://kubernetes.default.svc');
  const { pathname } = new URL(configuration.json.jwks_uri);
  const { headers, text } = await server.call(pathname, bearer(token));
  assert.equal(headers['content-type'], 'application/jwk-set+json');
  const { payload } = await jwtVerify(token, await importJWK(JSON.parse(text).keys[0]));
  assert.equal(payload.sub, 'system:serviceaccount:default:verified');
  assert.equal((await server.call(`${pathname}/`, bearer(token))).text, text);
});

const anonymousTable: readonly (readonly [readonly string[], string, number])[] = [
  [[], '/readyz', 200],
  [[], '/version', 401],
  [['--anonymous-auth=true'], '/version', 200],
  [['--anonymous-auth=true'], '/api/v1/pods', 403],
  [['--anonymous-auth=false'], '/readyz', 401],
];
test('anonymous clients are let in on health endpoints, everywhere or nowhere', async () => {
  for (const [flags, path, code] of anonymousTable) {
    const own = await TestServer.start(...flags);
    assert.equal((await own.call(path, { as: null })).code, code, `${flags} ${path}`);
    await own.close();
  }
});

test('an authentication configuration names issuers and where anonymous access is allowed', async () => {
  const config = (username: string) => `
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
anonymous: { enabled: true, conditions: [{ path: /version }] }
jwt:
  - issuer:
      url: ${issuer.url}
      audiences: [flotilla]
      certificateAuthority: ${JSON.stringify(readFileSync(issuer.caFile, 'utf8'))}
    claimMappings:
      username: ${username}
`;
  const good = testFile('authentication.yaml', config('{ claim: email, prefix: "" }'));
  const own = await TestServer.start(`--authentication-config=${good}`);
  assert.equal((await own.call('/version', { as: null })).code, 200);
  assert.equal((await own.call('/readyz', { as: null })).code, 401);
  const token = await issuer.sign({ email: 'dora@example.org', email_verified: true });
  const unverified = await issuer.sign({ email: 'dora@example.org', email_verified: false });
  assert.match((await own.call('/api/v1/pods', bearer(token))).json.message, /User "dora@example.org" cannot list/);
  assert.equal((await own.call('/api/v1/pods', bearer(unverified))).code, 401);
  await own.close();
  const bad = testFile('bad.yaml', config('{ claim: email, prefix: "", expression: claims.sub }'));
  await assert.rejects(
    TestServer.start(`--authentication-config=${bad}`),
    /bad.yaml: jwt\[0\].claimMappings.username.expression: unknown field/,
  );
});
