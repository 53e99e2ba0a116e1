import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../errors/status-error.js';
import { kinds } from '../kinds/kinds.js';
import { decodeObject } from '../strategy/decode-object.js';
import { DecodeError, decodeModel } from './decode.js';
import { keptZeros } from './kept-zeros.js';
import { modelSchema } from './schema.js';

test('decoding prunes what is unknown, drops nulls and writes values in their canonical form', () => {
  const { value, unknownFields } = decodeModel('Pod', {
    metadata: { name: 'p', creationTimestamp: null, deletionTimestamp: '2024-01-01T01:00:00+01:00', labels: { a: null } },
    spec: {
      foo: 1,
      containers: [{ name: 'c', imag: 'x', resources: { limits: { cpu: 0.5, memory: '1024Ki' } } }, null],
      nodeName: null,
    },
    extra: {},
  });
  assert.deepEqual(value, {
    metadata: { name: 'p', deletionTimestamp: '2024-01-01T00:00:00Z', labels: { a: '' } },
    spec: { containers: [{ name: 'c', resources: { limits: { cpu: '500m', memory: '1Mi' } } }, {}] },
  });
  assert.deepEqual(unknownFields, ['spec.foo', 'spec.containers[0].imag', 'extra']);
});

test('scalars that decode themselves', () => {
  assert.deepEqual(decodeModel('ServicePort', { port: 1, targetPort: 'web' }).value, { port: 1, targetPort: 'web' });
  assert.deepEqual(decodeModel('Secret', { data: { a: 'aGk=\n' } }).value, { data: { a: 'aGk=' } });
  const times = { renewTime: '2024-01-01T00:00:00.5Z', acquireTime: '2024-01-01T02:00:00.123456+02:00' };
  assert.deepEqual(decodeModel('LeaseSpec', times).value, {
    renewTime: '2024-01-01T00:00:00.500000Z',
    acquireTime: '2024-01-01T00:00:00.123456Z',
  });
});

test('a label may be named like a member of Object', () => {
  const labels = JSON.parse('{"__proto__":"a","constructor":"b"}');
  const { value } = decodeModel('ObjectMeta', { labels });
  assert.deepEqual(Object.entries(value['labels'] as object), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  assert.deepEqual(decodeModel('ObjectMeta', JSON.parse('{"constructor":1,"__proto__":2}')).unknownFields, [
    'constructor',
    '__proto__',
  ]);
});

const wrong: readonly [string, unknown, string][] = [
  [
    'Deployment',
    { spec: { replicas: '3' } },
    'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    'Deployment',
    { spec: { replicas: 1.5 } },
    'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    'Deployment',
    { spec: { replicas: 3e9 } },
    'json: cannot unmarshal number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  ['Deployment', { spec: [] }, 'json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec'],
  [
    'Pod',
    { spec: { containers: {} } },
    'json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container',
  ],
  [
    'Pod',
    { spec: { containers: [{ name: 1 }] } },
    'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
  ],
  [
    'Pod',
    { spec: { hostNetwork: 'yes' } },
    'json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool',
  ],
  [
    'Pod',
    { metadata: { labels: { a: true } } },
    'json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string',
  ],
  [
    'Pod',
    { metadata: { labels: 'a' } },
    'json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string',
  ],
  ['ServicePort', { targetPort: true }, 'json: cannot unmarshal bool into Go value of type int32'],
  ['Secret', { data: { a: '!' } }, 'illegal base64 data at input byte 0'],
  [
    'ResourceRequirements',
    { limits: { cpu: 'lots' } },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    'ObjectMeta',
    { deletionTimestamp: 'soon' },
    'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"',
  ],
];

for (const [model, input, message] of wrong) {
  test(`${model} ${JSON.stringify(input)} is of the wrong type`, () => {
    assert.throws(
      () => decodeModel(model, input),
      (error) => error instanceof DecodeError && error.message === message,
    );
  });
}

const refused: readonly [string, unknown, object, string][] = [
  ['a list', [], {}, "couldn't get version/kind; json parse error: the body is not an object"],
  [
    'another version',
    { apiVersion: 'apps/v1', kind: 'Pod' },
    {},
    'the API version in the data (apps/v1) does not match the expected API version (v1)',
  ],
  [
    'another kind',
    { apiVersion: 'v1', kind: 'Service' },
    {},
    'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
  ],
  [
    'unknown fields, strictly',
    { spec: { foo: 1 } },
    { fieldValidation: 'Strict', duplicateFields: ['metadata.name'] },
    'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo", duplicate field "metadata.name"',
  ],
];

for (const [name, input, options, message] of refused) {
  test(`a pod's body must not be ${name}`, () => {
    assert.throws(
      () => decodeObject(kinds.pods, input, options),
      (error) => error instanceof StatusError && error.reason === 'BadRequest' && error.message === message,
    );
  });
}

test('unknown fields are warned of, or ignored; either way they are gone', () => {
  const body = { spec: { foo: 1 } };
  const empty = { kind: 'Pod', apiVersion: 'v1', metadata: {}, spec: {}, status: {} };
  assert.deepEqual(decodeObject(kinds.pods, body), { object: empty, warnings: ['unknown field "spec.foo"'] });
  assert.deepEqual(decodeObject(kinds.pods, body, { fieldValidation: 'Ignore' }), { object: empty, warnings: [] });
});

test('what is nothing to Go is left out, what it points at stays', () => {
  const container = { name: 'c', stdin: false, workingDir: '', image: 'i', env: [], ports: [{ containerPort: 80, hostPort: 0 }] };
  const { value } = decodeModel('PodSpec', {
    hostNetwork: false,
    hostUsers: false,
    priority: 0,
    nodeSelector: {},
    containers: [container],
  });
  const kept = { name: 'c', image: 'i', ports: [{ containerPort: 80 }] };
  assert.deepEqual(value, { hostUsers: false, priority: 0, containers: [kept] });
  assert.deepEqual(decodeModel('V2HPAScalingRules', { policies: [] }).value, { policies: [] });
  assert.deepEqual(decodeModel('PersistentVolumeClaimSpec', { storageClassName: '', volumeName: '' }).value, {
    storageClassName: '',
  });
  assert.deepEqual(decodeModel('StatefulSetStatus', { replicas: 0, readyReplicas: 0, availableReplicas: 0 }).value, {
    replicas: 0,
    availableReplicas: 0,
  });
});

test('what keeps its zeros is there', () => {
  for (const [model, names] of Object.entries(keptZeros)) {
    const { fields, required } = modelSchema(model);
    const optional = [...fields.keys()].filter((name) => !required.includes(name));
    for (const name of names.split(' ')) assert.ok(optional.includes(name), `${model}.${name}`);
  }
});
