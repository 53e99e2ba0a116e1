import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Call, configMap, TestServer } from '../testing/api-servers.js';
import { strangerPair } from '../testing/certificates.js';
import { deploymentSample } from '../testing/fuzz/samples.js';

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

const configMaps = '/api/v1/namespaces/default/configmaps';
const json = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Record<string, string> = json): Call => ({ method: 'POST', body, headers });

/** What is sent, and the code, reason and words that come back. */
const table: readonly (readonly [string, string, Call, number, string, RegExp])[] = [
  ['malformed JSON', configMaps, post('{bad'), 400, 'BadRequest', /must be of type ConfigMap.*json parse error.*\(\{bad\)$/],
  [
    'malformed YAML',
    configMaps,
    post('a: [1', { 'content-type': 'application/yaml' }),
    400,
    'BadRequest',
    /yaml: .*\(613a205b31\)$/,
  ],
  ['bytes that are no UTF-8', configMaps, post(Buffer.from([0x7b, 0xff])), 400, 'BadRequest', /not valid UTF-8/],
  ['a list in place of an object', configMaps, post('[]'), 400, 'BadRequest', /not an object/],
  ['no body', configMaps, post(''), 400, 'BadRequest', /not an object/],
  ['nesting', configMaps, post(`${'{"a":'.repeat(9_999)}1${'}'.repeat(9_999)}`), 400, 'BadRequest', /exceeded max depth/],
  [
    'nested YAML',
    configMaps,
    post('['.repeat(9_999), { 'content-type': 'application/yaml' }),
    400,
    'BadRequest',
    /exceeded max depth/,
  ],
  ['YAML bomb', configMaps, post(yamlBomb(), { 'content-type': 'application/yaml' }), 400, 'BadRequest', /alias/i],
  [
    'protobuf that is none',
    configMaps,
    post('junk', { 'content-type': 'application/vnd.kubernetes.protobuf' }),
    400,
    'BadRequest',
    /expected prefix/,
  ],
  [
    'protobuf cut short',
    configMaps,
    post('k8s\0\n\u0050ab', { 'content-type': 'application/vnd.kubernetes.protobuf' }),
    400,
    'BadRequest',
    /unexpected EOF/,
  ],
  ['another kind', configMaps, post({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }), 400, 'BadRequest', /Secret/],
  [
    'a kind that is no text',
    configMaps,
    post('{"apiVersion":"v1","kind":{"toString":1}}'),
    400,
    'BadRequest',
    /^couldn't get version\/kind; json parse error: json: cannot unmarshal object into Go struct field \.kind of type string$/,
  ],
  [
    'a review whose kind is no text',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    post('{"apiVersion":"authorization.k8s.io/v1","kind":{"toString":1}}'),
    400,
    'BadRequest',
    /cannot unmarshal object into Go struct field \.kind of type string/,
  ],
  [
    'a review of another version',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    post({ apiVersion: 'authorization.k8s.io/v1beta1', kind: 'SelfSubjectAccessReview', spec: {} }),
    400,
    'BadRequest',
    /^the API version in the data \(authorization\.k8s\.io\/v1beta1\) does not match the expected API version \(authorization\.k8s\.io\/v1\)$/,
  ],
  [
    'a review with a field that nobody knows',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews?fieldValidation=Strict',
    post({ spec: { resourceAttribute: { verb: 'get' } } }),
    400,
    'BadRequest',
    /strict decoding error: unknown field "spec\.resourceAttribute"$/,
  ],
  [
    'a review with a number for a text',
    '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    post({ spec: { user: 7, resourceAttributes: { verb: 'get' } } }),
    400,
    'BadRequest',
    /cannot unmarshal number into Go struct field/,
  ],
  [
    'a review of another namespace',
    '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews',
    post({ metadata: { namespace: 'other' }, spec: { user: 'x', resourceAttributes: { namespace: 'default', verb: 'get' } } }),
    400,
    'BadRequest',
    /^the namespace of the provided object does not match the namespace sent on the request$/,
  ],
  ['wrong type', configMaps, post({ ...configMap('x'), data: { a: 1 } }), 400, 'BadRequest', /cannot unmarshal number/],
  [
    'unknown field, strictly',
    `${configMaps}?fieldValidation=Strict`,
    post({ ...configMap('x'), foo: 1 }),
    400,
    'BadRequest',
    /strict decoding error: unknown field "foo"/,
  ],
  [
    'duplicate field, strictly',
    `${configMaps}?fieldValidation=Strict`,
    post('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1","a":"2"}}'),
    400,
    'BadRequest',
    /duplicate field "data.a"/,
  ],
  [
    'duplicate key in YAML, strictly',
    `${configMaps}?fieldValidation=Strict`,
    post('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a: b\n  a: c\n', { 'content-type': 'application/yaml' }),
    400,
    'BadRequest',
    /strict decoding error: yaml: unmarshal errors:\n {2}line 6: key "a" already set in map$/,
  ],
  ['bad name', configMaps, post(configMap('Not A Name')), 422, 'Invalid', /metadata\.name: Invalid value: "Not A Name"/],
  [
    'another namespace than the path',
    configMaps,
    post({ ...configMap('x'), metadata: { name: 'x', namespace: 'other' } }),
    400,
    'BadRequest',
    /does not match the namespace/,
  ],
  [
    'a namespace that is not there',
    '/api/v1/namespaces/nowhere/configmaps',
    post(configMap('x')),
    404,
    'NotFound',
    /namespaces "nowhere" not found/,
  ],
  [
    'unknown content type',
    configMaps,
    post('{}', { 'content-type': 'text/plain' }),
    415,
    'UnsupportedMediaType',
    /accepted media types include: application\/json/,
  ],
  ['unusable content type', configMaps, post('{}', { 'content-type': ';;' }), 415, 'UnsupportedMediaType', /unknown format/],
  [
    'unknown patch type',
    `${configMaps}/x`,
    { method: 'PATCH', body: '{}', headers: json },
    415,
    'UnsupportedMediaType',
    /json-patch\+json/,
  ],
  [
    'unknown Accept',
    configMaps,
    { headers: { accept: 'application/xml' } },
    406,
    'NotAcceptable',
    /only the following media types are accepted/,
  ],
  ['unknown kind', '/api/v1/foos', {}, 404, 'NotFound', /could not find the requested resource/],
  ['unknown kind of a known group', '/apis/apps/v1/foos', {}, 404, 'NotFound', /could not find the requested resource/],
  ['unknown group', '/apis/nope/v1/foos', {}, 404, 'NotFound', /could not find the requested resource/],
  ['unknown version', '/apis/apps/v9/deployments', {}, 404, 'NotFound', /could not find the requested resource/],
  ['unknown object', `${configMaps}/nope`, {}, 404, 'NotFound', /configmaps "nope" not found/],
  ['unknown subresource', `${configMaps}/x/status`, {}, 404, 'NotFound', /could not find/],
  ['namespaced object without a namespace', '/api/v1/configmaps/x', {}, 404, 'NotFound', /could not find/],
  ['cluster-scoped object in a namespace', '/api/v1/namespaces/default/nodes/x', {}, 404, 'NotFound', /could not find/],
  ['create on an object', `${configMaps}/x`, post(configMap('x')), 405, 'MethodNotAllowed', /create is not supported/],
  [
    'update of the collection',
    configMaps,
    { method: 'PUT', body: configMap('x') },
    405,
    'MethodNotAllowed',
    /update is not supported/,
  ],
  ['create across namespaces', '/api/v1/configmaps', post(configMap('x')), 405, 'MethodNotAllowed', /create is not supported/],
  ['get of a review', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {}, 405, 'MethodNotAllowed', /not supported/],
  ['percent sign', '/api/v1/namespaces/default/configmaps/%zz', {}, 400, 'BadRequest', /%zz/],
  ['limit', `${configMaps}?limit=x`, {}, 400, 'BadRequest', /parsing "x": invalid syntax/],
  ['label selector', `${configMaps}?labelSelector=a%3D%3D%3D`, {}, 400, 'BadRequest', /unable to parse requirement/],
  ['field selector', `${configMaps}?fieldSelector=data.a%3D1`, {}, 400, 'BadRequest', /field label not supported/],
  ['resourceVersion', `${configMaps}?resourceVersion=x`, {}, 400, 'BadRequest', /[Ii]nvalid/],
  [
    'dryRun',
    `${configMaps}?dryRun=Maybe`,
    post(configMap('x')),
    422,
    'Invalid',
    /^CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: \["Maybe"\]: supported values: "All"$/,
  ],
  [
    'fieldValidation',
    `${configMaps}?fieldValidation=Lax`,
    post(configMap('x')),
    422,
    'Invalid',
    /^CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Lax": supported values: "", "Ignore", "Strict", "Warn"$/,
  ],
  [
    'fieldManager that is too long',
    `${configMaps}?fieldManager=${'x'.repeat(129)}`,
    post(configMap('x')),
    422,
    'Invalid',
    /fieldManager: Too long: may not be more than 128 bytes$/,
  ],
  [
    'fieldManager that cannot be printed',
    `${configMaps}?fieldManager=a%07`,
    post(configMap('x')),
    422,
    'Invalid',
    /fieldManager: Invalid value: "a\\u0007": invalid character U\+0007 \(at position 1\)$/,
  ],
  [
    'apply without a manager',
    `${configMaps}/x`,
    { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/apply-patch+yaml' } },
    422,
    'Invalid',
    /^PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch$/,
  ],
  [
    'force on another patch',
    `${configMaps}/x?force=true`,
    { method: 'PATCH', body: '{}', headers: { 'content-type': 'application/merge-patch+json' } },
    422,
    'Invalid',
    /^PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch$/,
  ],
  [
    'propagationPolicy',
    `${configMaps}/x?propagationPolicy=Now`,
    { method: 'DELETE' },
    422,
    'Invalid',
    /^DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Now": supported values: "Foreground", "Background", "Orphan", "nil"$/,
  ],
  [
    'propagationPolicy and orphanDependents',
    `${configMaps}/x?propagationPolicy=Orphan&orphanDependents=true`,
    { method: 'DELETE' },
    422,
    'Invalid',
    /propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set$/,
  ],
  [
    'includeObject',
    `${configMaps}?includeObject=All`,
    { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
    400,
    'BadRequest',
    /^Unable to convert to Table as requested: includeObject: Invalid value: "All": must be 'Metadata', 'Object', 'None', or empty$/,
  ],
  [
    'announced length',
    configMaps,
    post('', { ...json, 'content-length': '4000000' }),
    413,
    'RequestEntityTooLarge',
    /limit is 3145728/,
  ],
  [
    'unannounced length',
    configMaps,
    { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1, 0x20), headers: { ...json, 'transfer-encoding': 'chunked' } },
    413,
    'RequestEntityTooLarge',
    /limit is 3145728/,
  ],
  ['compressed body', configMaps, post('x', { ...json, 'content-encoding': 'gzip' }), 400, 'BadRequest', /content encoding/],
  [
    'token that nobody issued',
    configMaps,
    { as: null, headers: { authorization: 'Bearer nobody' } },
    401,
    'Unauthorized',
    /^Unauthorized$/,
  ],
  [
    'JWT that nobody issued',
    configMaps,
    {
      as: null,
      headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2t1YmVybmV0ZXMuZGVmYXVsdC5zdmMifQ.' },
    },
    401,
    'Unauthorized',
    /^Unauthorized$/,
  ],
  ['certificate of another authority', configMaps, { as: strangerPair }, 401, 'Unauthorized', /^Unauthorized$/],
  [
    'group without user',
    configMaps,
    { headers: { 'impersonate-group': 'x' } },
    400,
    'BadRequest',
    /without impersonating a user/,
  ],
  ['long path', `/api/${'a'.repeat(33_000)}`, {}, 414, '', /URI Too Long/],
  ['long header', configMaps, { headers: { 'x-long': 'a'.repeat(70_000) } }, 431, '', /header fields too large/],
];

for (const [name, path, call, code, reason, message] of table) {
  test(`bad input: ${name}`, async () => {
    const reply = await server.call(path, call);
    assert.deepEqual(
      [reply.code, reply.json?.kind, reply.json?.reason ?? ''],
      [code, 'Status', reason],
      reply.text.slice(0, 500),
    );
    assert.match(reply.json.message, message);
    assert.equal(reply.json.code, code);
  });
}

test('items of a list that cannot be told apart are for validation to refuse', async () => {
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  assert.equal((await server.call(deployments, post(deploymentSample))).code, 201);
  const { template } = deploymentSample.spec;
  const nameless = { ...deploymentSample.spec, template: { ...template, spec: { containers: [{ image: 'x' }] } } };
  const reply = await server.call(`${deployments}/x`, { method: 'PUT', body: { ...deploymentSample, spec: nameless } });
  assert.equal(reply.code, 422, reply.text);
  assert.match(reply.json.message, /spec\.template\.spec\.containers\[0\]\.name: Required value/);
});

test('nothing of what was refused is there', async () => {
  const { json: list } = await server.call(configMaps);
  assert.deepEqual(
    list.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    [],
  );
});

test('keys named like members of Object are data', async () => {
  const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"proto"},"data":{"__proto__":"x","constructor":"y"}}';
  assert.equal((await server.call(configMaps, post(body))).code, 201);
  const { text } = await server.call(`${configMaps}/proto`);
  assert.match(text, /"__proto__":"x","constructor":"y"/);
  assert.equal(({} as { x?: unknown }).x, undefined);
});

function yamlBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i++) lines.push(`a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(', ')}]`);
  return lines.join('\n');
}
