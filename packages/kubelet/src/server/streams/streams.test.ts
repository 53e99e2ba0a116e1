import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { accessOf } from '../access/attributes.js';
import { HttpError } from '../http-error.js';
import { endText, failureText } from './command-status.js';
import { terminalSizes } from './terminal-size.js';
import { negotiate } from './upgrade.js';
import { base64Channels, binaryChannels } from './websocket/channels.js';

test('channels, in bytes and in text', () => {
  assert.deepEqual(binaryChannels.encode(1, Buffer.from('hi')), Buffer.from('\x01hi'));
  assert.equal(base64Channels.encode(1, Buffer.from('hi')), '1aGk=');
  for (const [codec, message, wanted] of [
    [binaryChannels, '\x02oh', { channel: 2, data: Buffer.from('oh') }],
    [binaryChannels, '\x03', { channel: 3, data: Buffer.alloc(0) }],
    [binaryChannels, '', undefined],
    [base64Channels, '0aGk=', { channel: 0, data: Buffer.from('hi') }],
    [base64Channels, 'xaGk=', undefined],
    [base64Channels, '', undefined],
  ] as const)
    assert.deepEqual(codec.decode(Buffer.from(message)), wanted, message);
});

test('how a command ended: a Status from v4 on, text before', () => {
  const message = 'command terminated with non-zero exit code: exit status 7';
  assert.deepEqual(JSON.parse(endText('v4.channel.k8s.io', { exitCode: 0 })), { metadata: {}, status: 'Success' });
  assert.deepEqual(JSON.parse(endText('v5.channel.k8s.io', { exitCode: 7 })), {
    metadata: {},
    status: 'Failure',
    message,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: '7' }] },
  });
  assert.deepEqual([endText('', { exitCode: 0 }), endText('v3.channel.k8s.io', { exitCode: 7 })], ['', message]);
  assert.equal(failureText('channel.k8s.io', 'error', new Error('why')), 'error: why');
  const failure = JSON.parse(failureText('v4.channel.k8s.io', 'error', new Error('why')));
  assert.deepEqual([failure.reason, failure.message], ['InternalError', 'Internal error occurred: error: why']);
});

test('sizes of a terminal, however they are cut; what is no size is passed over', async () => {
  const stream = new PassThrough();
  const sizes: object[] = [];
  terminalSizes(stream, (size) => sizes.push(size));
  for (const piece of [
    '{"Width":80,"Hei',
    'ght":24}{"Width":1,"Height":2}\n',
    '{"Width":-1,"Height":2}',
    'nonsense}',
    '{"Width":3,"Height":4}',
  ])
    stream.write(piece);
  await new Promise(setImmediate);
  assert.deepEqual(sizes, [
    { width: 80, height: 24 },
    { width: 1, height: 2 },
    { width: 3, height: 4 },
  ]);
});

test('the first protocol that both know', () => {
  const request = (headers: object) => ({ headers }) as IncomingMessage; // all that is looked at
  const known = ['v4', 'v3', ''];
  for (const [wanted, chosen] of [
    ['v5, v4', 'v4'],
    ['v3,v4', 'v3'],
    [undefined, ''],
  ] as const) {
    assert.equal(negotiate('websocket', request({ 'sec-websocket-protocol': wanted }), known), chosen);
    assert.equal(negotiate('spdy', request({ 'x-stream-protocol-version': wanted }), known), chosen);
  }
  assert.throws(
    () => negotiate('spdy', request({ 'x-stream-protocol-version': 'v9' }), ['v4']),
    (error) =>
      error instanceof HttpError && error.code === 403 && /client supports \["v9"\], server accepts \["v4"\]/.test(error.message),
  );
});

test('what has to be allowed for a request', () => {
  for (const [method, path, verb, subresources] of [
    ['POST', '/exec/default/web/main', 'create', ['proxy']],
    ['GET', '/exec/default/web/main', 'get', ['proxy']],
    ['GET', '/pods', 'get', ['pods', 'proxy']],
    ['GET', '/stats/summary', 'get', ['stats']],
    ['GET', '/metrics/cadvisor', 'get', ['metrics']],
    ['GET', '/metricsx', 'get', ['proxy']],
    ['DELETE', '/logs/x', 'delete', ['log']],
  ] as const)
    assert.deepEqual(accessOf(method, path), { verb, subresources }, path);
});
