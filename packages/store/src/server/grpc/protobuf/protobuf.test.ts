import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { pick, type Random, randomInt, seededRandom } from '@flotilla/base';
import { etcdProtoFiles } from '@flotilla/store-client';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import type { Wire } from '../../etcd/wire.js';
import { DecodeError, decodeMessage } from './decode.js';
import { encodeEach, encodeFramed } from './encode.js';
import { parseProto } from './parse-proto.js';
import type { Field, MessageType } from './schema.js';

const seed = Number(process.env['SEED'] ?? 1);
const schema = parseProto(...etcdProtoFiles.map((file) => readFileSync(file, 'utf8')));
const peer = loadSync(etcdProtoFiles, { keepCase: true, longs: String, enums: String, defaults: false });
const message = (name: string) => schema.messages.get(`etcdserverpb.${name}`) ?? assert.fail(name);
const encode = (type: MessageType, value: Wire) => encodeFramed(type, value).subarray(5);

function randomValue(random: Random, { type }: Field, depth: number): unknown {
  const bits = randomInt(random, 0, 63);
  switch (type.kind) {
    case 'bool':
      return true;
    case 'string':
      return pick(random, ['a', 'é€😀', 'x'.repeat(200)]);
    case 'bytes':
      return Buffer.alloc(pick(random, [1, 127, 128, 300]), bits);
    case 'int32':
      return pick(random, [1, -1, 2 ** 31 - 1, -(2 ** 31)]);
    case 'uint32':
      return pick(random, [1, 2 ** 31, 2 ** 32 - 1]);
    case 'int64':
      return String(pick(random, [1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 1n << BigInt(bits), -(1n << BigInt(bits))]));
    case 'uint64':
      return String(pick(random, [1n, 2n ** 64n - 1n, 2n ** 63n, 1n << BigInt(bits), (1n << BigInt(bits)) - 1n || 1n]));
    case 'enum':
      return pick(
        random,
        [...type.values].filter(([, number]) => number > 0).map(([name]) => name),
      );
    case 'message':
      return randomMessage(random, type.message, depth + 1);
  }
}

/** No field at its default, and one at most of a `oneof`: what is left of it in any decoder. */
function randomMessage(random: Random, { fields }: MessageType, depth = 0): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const field of fields) {
    if (randomInt(random, 0, 3) === 0 || depth > 2 || field.alternatives?.some((other) => other in value)) continue;
    const count = randomInt(random, 1, 4);
    value[field.name] = field.repeated
      ? Array.from({ length: count }, () => randomValue(random, field, depth))
      : randomValue(random, field, depth);
  }
  return value;
}

/** Our decoder's numbers as the strings of the other one, all the way down. */
function comparable(type: MessageType, value: Wire): unknown {
  const convert = ({ type: fieldType }: Field, item: unknown): unknown => {
    if (fieldType.kind === 'message') return comparable(fieldType.message, item as Wire);
    if (fieldType.kind === 'enum') return [...fieldType.values].find(([, number]) => number === item)?.[0];
    return fieldType.kind === 'int64' || fieldType.kind === 'uint64' ? String(item) : item;
  };
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const field = type.fields.find((candidate) => candidate.name === name) ?? assert.fail(name);
      return [name, Array.isArray(item) ? item.map((one) => convert(field, one)) : convert(field, item)];
    }),
  );
}

test('every message of etcd’s API says the same to us and to protobufjs', () => {
  const random = seededRandom(seed);
  for (const [name, type] of schema.messages) {
    const definition = peer[name] as MessageTypeDefinition<object, object>;
    assert.ok(definition, name);
    for (let run = 0; run < 10; run++) {
      const value = randomMessage(random, type);
      const ours = encode(type, value);
      assert.deepEqual(structuredCloneOf(definition.deserialize(ours)), structuredCloneOf(value), `${name}, SEED=${seed}`);
      const theirs = Buffer.from(definition.serialize(value));
      assert.deepEqual(
        structuredCloneOf(comparable(type, decodeMessage(type, theirs))),
        structuredCloneOf(value),
        `${name}, SEED=${seed}`,
      );
    }
  }
});

/** Without prototypes and kinds of byte arrays. */
function structuredCloneOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, item) => (item instanceof Uint8Array ? Buffer.from(item).toString('hex') : item)));
}

test('every method that is served is there with its messages', () => {
  const { request, response } = schema.methods.get('etcdserverpb.Watch/Watch') ?? assert.fail();
  assert.deepEqual([request.name, response.name], ['etcdserverpb.WatchRequest', 'etcdserverpb.WatchResponse']);
});

test('defaults are not sent, but in a oneof and in a list', () => {
  assert.equal(encode(message('PutRequest'), { key: Buffer.alloc(0), lease: '0', prev_kv: false, value: undefined }).length, 0);
  assert.equal(encode(message('Event'), { type: 'PUT' }).length, 0);
  assert.equal(encode(message('Compare'), { result: 'EQUAL', version: 0 }).toString('hex'), '2000');
  assert.equal(encode(message('ResponseOp'), { response_put: {} }).toString('hex'), '1200');
  assert.equal(encode(message('LeaseTimeToLiveResponse'), { keys: [Buffer.alloc(0)] }).toString('hex'), '2a00');
});

test('64-bit integers are numbers where these are exact', () => {
  const type = message('LeaseGrantRequest');
  const cases = [0, 1, 127, 128, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -1, -(2 ** 53 - 1), 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n];
  for (const TTL of cases) {
    for (const form of [TTL, BigInt(TTL), String(TTL)])
      assert.deepEqual(decodeMessage(type, encode(type, { TTL: form })), TTL === 0 ? {} : { TTL });
  }
});

test('the last member of a oneof counts; a message sent twice is merged; lists may be packed', () => {
  const hex = (text: string) => Buffer.from(text, 'hex');
  assert.deepEqual(decodeMessage(message('Compare'), hex('20072808')), { create_revision: 8 });
  const twice = decodeMessage(message('PutResponse'), hex('0a0208010a021803'));
  assert.deepEqual(twice, { header: { cluster_id: 1, revision: 3 } });
  for (const filters of ['2a020001', '28002801']) {
    assert.deepEqual(decodeMessage(message('WatchCreateRequest'), hex(filters)), { filters: [0, 1] });
  }
});

test('unknown fields of every kind are skipped', () => {
  const unknown = ['f80601', 'fa0603616263', 'f9060102030405060708', 'fd0601020304', 'fb06f80601fc06'];
  const bytes = Buffer.from(`${unknown.join('')}0a016b`, 'hex');
  assert.equal(String(decodeMessage(message('PutRequest'), bytes)['key']), 'k');
});

test('malformed bytes are refused in the words of etcd’s decoder', () => {
  const cases: [string, string][] = [
    ['48ffff', 'unexpected EOF'],
    ['0a05', 'unexpected EOF'],
    ['7b', 'unexpected EOF'],
    ['7d0102', 'unexpected EOF'],
    ['0000', 'proto: PutRequest: illegal tag 0 (wire type 0)'],
    ['0801', 'proto: wrong wireType = 0 for field Key'],
    ['2a0101', 'proto: wrong wireType = 2 for field IgnoreValue'],
    ['7c', 'proto: PutRequest: wiretype end group for non-group'],
    ['7e', 'proto: PutRequest: illegal wireType 6'],
    ['18ffffffffffffffffffff01', 'proto: integer overflow'],
  ];
  for (const [hex, text] of cases) {
    assert.throws(
      () => decodeMessage(message('PutRequest'), Buffer.from(hex, 'hex')),
      { name: 'DecodeError', message: text },
      hex,
    );
  }
  let nested = Buffer.alloc(0);
  for (let i = 0; i < 300; i++)
    nested = encode(message('TxnRequest'), { success: [{ request_txn: {} }] }).length > 0 ? wrap(wrap(nested, 4), 2) : nested;
  assert.throws(() => decodeMessage(message('TxnRequest'), nested), /nested too deep/);
});

/** `bytes` as the message field `number` of another message. */
function wrap(bytes: Buffer, number: number): Buffer<ArrayBuffer> {
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.of((number << 3) | 2, ...length), bytes]);
}

test('random bytes decode or are refused, nothing else', () => {
  const random = seededRandom(seed);
  for (let run = 0; run < 5_000; run++) {
    const type = pick(random, [...schema.messages.values()]);
    const bytes = encode(type, randomMessage(random, type)).subarray(0, 2_000);
    for (let i = randomInt(random, 0, 4); i > 0 && bytes.length > 0; i--)
      bytes[randomInt(random, 0, bytes.length)] = randomInt(random, 0, 256);
    try {
      decodeMessage(type, bytes);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
});

test('a value that its field cannot hold is an error, and the next message is whole', () => {
  const cases = [{ key: 'text' }, { lease: 'x' }, { lease: 1.5 }, { prev_kv: {} }];
  for (const value of cases) assert.throws(() => encode(message('PutRequest'), value), /must be of type/);
  assert.throws(() => encode(message('RangeResponse'), { kvs: {} }), /must be of type message/);
  assert.equal(encode(message('PutRequest'), { key: Buffer.from('k') }).toString('hex'), '0a016b');
});

test('messages that share fields say the same as each alone', () => {
  const type = message('WatchResponse');
  const shared = { header: { revision: '7' }, events: [{ kv: { key: Buffer.from('k'), mod_revision: '7' } }] };
  const own = ['0', '1', '300'].map((id) => ({ watch_id: id }));
  let rest = encodeEach(type, own, shared);
  for (const fields of own) {
    const end = 5 + rest.readUInt32BE(1);
    assert.equal(rest[0], 0);
    assert.deepEqual(decodeMessage(type, rest.subarray(5, end)), decodeMessage(type, encode(type, { ...shared, ...fields })));
    rest = rest.subarray(end);
  }
  assert.equal(rest.length, 0);
});

test('a large message does not stay in memory', () => {
  const type = message('PutRequest');
  const value = Buffer.alloc(3_000_000, 7);
  assert.deepEqual(Buffer.from(decodeMessage(type, encode(type, { value }))['value'] as Buffer), value);
});

test('what is not proto3 as we know it is refused', () => {
  const cases = [
    'message A {',
    'message A { map<string, string> a = 1; }',
    'message A { B b = 1; }',
    'extend A {}',
    'service S { stream }',
    '~',
  ];
  for (const text of cases) assert.throws(() => parseProto(text), Error, text);
});
