import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitions, modelSchema, type Schema } from '@flotilla/api';
import { decodeProtobuf, openEnvelope } from './decode-protobuf.js';
import { messageOf } from './messages.js';
import { WireError } from './wire-reader.js';

/** A field of bytes: a nested message, or text. */
function field(number: number, content: string | Buffer | readonly Buffer[]): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.isBuffer(content) ? content : Buffer.concat(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function integer(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

function body(apiVersion: string, kind: string, ...raw: Buffer[]): Buffer {
  return Buffer.concat([
    Buffer.from('k8s\0'),
    field(1, [field(1, apiVersion), field(2, kind)]),
    field(2, raw),
    field(3, ''),
    field(4, ''),
  ]);
}

const decode = (bytes: Buffer, model: string) => decodeProtobuf(openEnvelope(bytes), model);

test('a Deployment as a Go client sends it', () => {
  const metadata = field(1, [field(1, 'web'), field(2, ''), field(8, ''), field(11, [field(1, 'app'), field(2, 'web')])]);
  const probe = field(10, [
    field(1, field(2, [field(1, '/ok'), field(2, [integer(1, 1), integer(2, 0), field(3, 'http')])])),
    integer(2, 0),
  ]);
  const limits = field(8, field(1, [field(1, 'cpu'), field(2, field(1, '100m'))]));
  const container = field(2, [field(1, 'c'), field(2, 'image'), limits, probe, integer(16, 0)]);
  const podSpec = field(2, [container, integer(4, 0), field(6, '')]);
  const volume = field(1, [field(1, 'v'), field(2, field(2, [field(1, '')]))]);
  const spec = field(2, [
    integer(1, 0),
    field(3, field(2, [volume, ...[podSpec].map((item) => item.subarray(2))])),
    integer(5, 0),
  ]);
  const decoded = decode(body('apps/v1', 'Deployment', metadata, spec), 'Deployment');
  assert.equal(decoded['kind'], 'Deployment');
  assert.deepEqual(decoded['metadata'], { name: 'web', labels: { app: 'web' } });
  const { replicas, minReadySeconds } = decoded['spec'] as Record<string, unknown>;
  assert.deepEqual([replicas, minReadySeconds], [0, undefined], 'a zero counts where Go has a pointer, and nowhere else');
});

test('embedded messages, numbers or strings, quantities, times, bytes and negative numbers', () => {
  const handler = field(1, field(2, [field(1, '/ok'), field(2, [integer(1, 1), field(3, 'http')])]));
  assert.deepEqual(decode(body('v1', 'Probe', handler, integer(4, 5)), 'Probe'), {
    apiVersion: 'v1',
    kind: 'Probe',
    httpGet: { path: '/ok', port: 'http' },
    periodSeconds: 5,
  });
  const secret = decode(body('v1', 'Secret', field(2, [field(1, 'k'), field(2, Buffer.from([0, 255]))])), 'Secret');
  assert.deepEqual(secret['data'], { k: 'AP8=' });
  const lease = decode(
    body('v1', 'LeaseSpec', integer(2, -1), field(4, [integer(1, 1_700_000_000), integer(2, 500_000_000)])),
    'LeaseSpec',
  );
  assert.deepEqual([lease['leaseDurationSeconds'], lease['renewTime']], [-1, '2023-11-14T22:13:20.500000Z']);
  const review = field(2, [field(1, ''), field(6, [field(1, 'scopes'), field(2, [field(1, 'a'), field(1, 'b')])])]);
  assert.ok('spec' in decode(body('authorization.k8s.io/v1', 'SubjectAccessReview', review), 'SubjectAccessReview'));
});

test('what is unknown is skipped, what is broken is refused', () => {
  const unknown = Buffer.concat([integer(900, 1), field(901, 'x'), Buffer.from([0xa5, 0x38, 1, 2, 3, 4])]);
  assert.deepEqual(decode(body('v1', 'ConfigMap', field(1, field(1, 'a')), unknown), 'ConfigMap')['metadata'], { name: 'a' });
  const whole = body('v1', 'ConfigMap', field(1, field(1, 'a')));
  assert.throws(() => decode(whole.subarray(0, 27), 'ConfigMap'), WireError);
  for (let length = 4; length < whole.length; length++) {
    for (const byte of [0x00, 0x0f, 0x80, 0xff]) {
      const broken = Buffer.concat([whole.subarray(0, length), Buffer.from([byte]), whole.subarray(length + 1)]);
      try {
        decode(broken, 'ConfigMap');
      } catch (error) {
        assert.ok(error instanceof WireError, `byte ${length}: ${String(error)}`);
      }
    }
  }
  assert.throws(() => decode(whole, 'JSONSchemaProps'), WireError);
});

test('every kind that can be created has a protobuf form, down to the last model', () => {
  const seen = new Set<string>();
  const visit = (model: string) => {
    if (seen.has(model)) return;
    seen.add(model);
    const { fields } = modelSchema(model);
    const message = messageOf(model);
    const names = new Set(message === undefined ? [] : namesOf(message));
    for (const [name, schema] of fields) {
      if (name !== 'apiVersion' && name !== 'kind') assert.ok(names.has(name), `${model}.${name} has a field number`);
      const inner = innermost(schema);
      if (inner.type === 'ref') visit(inner.model);
    }
  };
  // Clients send CustomResourceDefinitions as JSON: their schemas hold JSON.
  const others = definitions.filter(({ group }) => group !== 'apiextensions.k8s.io');
  for (const definition of others) visit(definition.model);
  for (const model of ['DeleteOptions', 'Scale', 'Eviction', 'Binding', 'TokenRequest', 'TokenReview', 'SelfSubjectAccessReview'])
    visit(model);
  assert.ok(seen.size > 150);
});

function innermost(schema: Schema): Schema {
  return schema.type === 'list' || schema.type === 'map' ? innermost(schema.of) : schema;
}

function namesOf(message: NonNullable<ReturnType<typeof messageOf>>): string[] {
  return [...message.fields.values()].flatMap((entry) => ('fields' in entry ? namesOf(entry) : [entry.name]));
}
