import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { silentLogger } from '@flotilla/base';
import { HpackDecoder } from './http2/hpack-decoder.js';
import { MessageReader } from './message-reader.js';
import { errorAlone, GrpcError } from './status.js';
import { parseTimeoutMs } from './timeout.js';

test('timeouts', () => {
  const cases: [string, number | undefined][] = [
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3_000],
    ['4999m', 4_999],
    ['1500u', 2],
    ['1n', 1],
    ['0n', 0],
    ['99999999S', 2_147_483_647],
    ['123456789S', undefined],
    ['5x', undefined],
    ['-1S', undefined],
    ['S', undefined],
    ['1.5S', undefined],
  ];
  for (const [text, ms] of cases) assert.equal(parseTimeoutMs(text), ms, text);
});

test('an error’s text is ASCII on the wire', () => {
  const cases = {
    'etcdserver: key is not provided': undefined,
    '100%': '100%25',
    'é\n': '%C3%A9%0A',
    '‘€’': '%E2%80%98%E2%82%AC%E2%80%99',
  };
  for (const [text, encoded] of Object.entries(cases)) {
    const headers = new HpackDecoder().decode(errorAlone(new GrpcError(3, text), silentLogger)) ?? [];
    const found = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
    assert.deepEqual([found['grpc-status'], found['grpc-message']], ['3', encoded ?? text]);
  }
});

const framed = (message: Uint8Array, format = 0) => {
  const prefix = Buffer.alloc(5, format);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
};

function reader(encoding: 'identity' | 'gzip' = 'identity', bytesMax = 100) {
  const messages: string[] = [];
  return { messages, reader: new MessageReader(bytesMax, encoding, (message) => void messages.push(String(message))) };
}

test('messages are whole, however they are cut, and what they lack is told', () => {
  const bytes = Buffer.concat([framed(Buffer.from('one')), framed(Buffer.alloc(0)), framed(Buffer.from('three'))]);
  for (let size = 1; size <= bytes.length; size++) {
    const { messages, reader: read } = reader();
    let lacks = 0;
    for (let at = 0; at < bytes.length; at += size) lacks = read.push(bytes.subarray(at, at + size));
    assert.deepEqual(messages, ['one', '', 'three'], `${size} at a time`);
    assert.equal(lacks, 0);
  }
  const { reader: read } = reader();
  assert.deepEqual(
    [read.push(bytes.subarray(0, 2)), read.push(bytes.subarray(2, 6)), read.push(bytes.subarray(6, 20))],
    [3, 2, 3],
  );
});

test('compressed messages are unpacked, within the limit', () => {
  const { messages, reader: read } = reader('gzip');
  read.push(Buffer.concat([framed(gzipSync('packed'), 1), framed(Buffer.from('not'))]));
  assert.deepEqual(messages, ['packed', 'not']);
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  const wide = reader('gzip', 10_000);
  assert.throws(() => wide.reader.push(framed(bomb, 1)), { code: 8, message: /after decompression larger than max/ });
  assert.throws(() => wide.reader.push(framed(Buffer.from('no gzip'), 1)), { code: 13, message: /failed to decompress/ });
});

test('what is no message is refused in the words of Go’s server', () => {
  const cases: [Buffer, number, string][] = [
    [framed(Buffer.alloc(101)).subarray(0, 5), 8, 'grpc: received message larger than max (101 vs. 100)'],
    [framed(Buffer.from('x'), 7), 13, 'grpc: received unexpected payload format 7'],
    [framed(Buffer.from('x'), 1), 13, 'grpc: compressed flag set with identity or empty encoding'],
  ];
  for (const [bytes, code, message] of cases)
    assert.throws(() => reader().reader.push(bytes), { name: 'GrpcError', code, message });
});
