import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import test, { after, before } from 'node:test';
import { gzipSync } from 'node:zlib';
import { serveForTest } from '../serve-for-test.test.js';
import { etcdFound, startEtcd } from '../start-etcd.test.js';
import { Http2Connection } from './http2/connection.js';
import type { Header } from './http2/hpack-decoder.js';
import { assertOk, framed, keyHex, put, RawClient, range } from './raw-client.test.js';
import { OutputTurns, SocketOutput } from './socket-output.js';

let server: Awaited<ReturnType<typeof serveForTest>>;
before(async () => {
  server = await serveForTest();
});
after(() => server.close());

interface Refusal {
  readonly what: string;
  readonly body: Buffer | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly code: number;
  readonly text: string;
  readonly http?: number;
  /** etcd 3.4 says something else: it is older than what Go's server says today. */
  readonly newer?: true;
}

const sound = framed(keyHex);
const unmarshal = 'grpc: error unmarshalling request:';
const refusals: readonly Refusal[] = [
  { what: 'an unknown service', body: sound, headers: { ':path': '/a.b/C' }, code: 12, text: 'unknown service a.b' },
  { what: 'a path with a slash more', body: sound, headers: { ':path': '/a/b/c' }, code: 12, text: 'unknown service a/b' },
  {
    what: 'an unknown method',
    body: sound,
    headers: { ':path': '/etcdserverpb.KV/Foo' },
    code: 12,
    text: 'unknown method Foo for service etcdserverpb.KV',
  },
  {
    what: 'a path that names no method',
    body: sound,
    headers: { ':path': '/foo' },
    code: 12,
    text: 'malformed method name: "/foo"',
    newer: true,
  },
  { what: 'half a message', body: sound.subarray(0, 7), code: 2, text: 'unexpected EOF' },
  { what: 'no message', body: undefined, code: 2, text: 'unexpected EOF', newer: true },
  {
    what: 'the health of a service that there is not',
    body: framed('0a0161'),
    headers: { ':path': '/grpc.health.v1.Health/Check' },
    code: 5,
    text: 'unknown service',
  },
  { what: 'an empty message', body: framed(''), code: 3, text: 'etcdserver: key is not provided' },
  {
    what: 'a message of an unknown format',
    body: framed(keyHex, 7),
    code: 13,
    text: 'grpc: received unexpected payload format 7',
  },
  {
    what: 'a compressed message without its encoding',
    body: framed(keyHex, 1),
    code: 13,
    text: 'grpc: compressed flag set with identity or empty encoding',
  },
  {
    what: 'an unknown encoding',
    body: framed(keyHex, 1),
    headers: { 'grpc-encoding': 'snappy' },
    code: 12,
    text: 'grpc: Decompressor is not installed for grpc-encoding "snappy"',
  },
  {
    what: 'a message larger than allowed',
    body: Buffer.from('0000300000', 'hex'),
    code: 8,
    text: 'grpc: received message larger than max (3145728 vs. 2097152)',
  },
  { what: 'bytes that are no message', body: framed('48ffff'), code: 13, text: `${unmarshal} unexpected EOF` },
  {
    what: 'a field number 0',
    body: framed('0000'),
    code: 13,
    text: `${unmarshal} proto: PutRequest: illegal tag 0 (wire type 0)`,
  },
  {
    what: 'a field of a wrong type',
    body: framed('0801'),
    code: 13,
    text: `${unmarshal} proto: wrong wireType = 0 for field Key`,
  },
  {
    what: 'an end without a group',
    body: framed('7c'),
    code: 13,
    text: `${unmarshal} proto: PutRequest: wiretype end group for non-group`,
  },
  {
    what: 'an unknown content type',
    body: sound,
    headers: { 'content-type': 'text/plain' },
    http: 415,
    code: 13,
    text: 'invalid gRPC request content-type "text/plain"',
    newer: true,
  },
  {
    what: 'no content type',
    body: sound,
    headers: { 'content-type': undefined },
    http: 415,
    code: 13,
    text: 'invalid gRPC request content-type ""',
    newer: true,
  },
  {
    what: 'GET',
    body: undefined,
    headers: { ':method': 'GET' },
    http: 405,
    code: 13,
    text: ':method GET, which should be POST',
    newer: true,
  },
  {
    what: 'a malformed timeout',
    body: sound,
    headers: { 'grpc-timeout': '5x' },
    code: 13,
    text: 'malformed grpc-timeout: 5x',
    newer: true,
  },
];

async function check(url: string, { what, body, headers, code, text, http = 200 }: Refusal): Promise<void> {
  const client = new RawClient(url);
  const answer = await client.request(body, headers);
  assert.deepEqual([answer.http, answer.code, answer.text], [http, code, text], what);
  client.close();
}

test('what is refused, and how', { timeout: 30_000 }, async () => {
  for (const refusal of refusals) await check(server.url, refusal);
});

test('etcd refuses it in the same words', { timeout: 30_000, skip: etcdFound ? false : 'etcd is not installed' }, async () => {
  const etcd = await startEtcd();
  for (const refusal of refusals) if (refusal.newer === undefined) await check(etcd.url, refusal);
  await etcd.stop();
});

test('a refusal leaves the connection and the calls beside it as they were', { timeout: 30_000 }, async () => {
  const client = new RawClient(server.url);
  const answers = await Promise.all([
    ...refusals.map(({ body, headers }) => client.request(body, headers)),
    ...refusals.map(() => client.request(sound)),
  ]);
  for (const answer of answers.slice(refusals.length)) assertOk(answer);
  assertOk(await client.request(sound));
  client.close();
});

test('calls of every sound form are served', { timeout: 30_000 }, async () => {
  const client = new RawClient(server.url);
  const packed = gzipSync(Buffer.from(keyHex.replaceAll(' ', ''), 'hex')).toString('hex');
  const cases: [string, Buffer, Readonly<Record<string, string | undefined>>][] = [
    ['with a subtype', sound, { 'content-type': 'application/grpc+proto' }],
    ['with a parameter', sound, { 'content-type': 'application/grpc;charset=utf-8' }],
    ['without te', sound, { te: undefined }],
    ['compressed', framed(packed, 1), { 'grpc-encoding': 'gzip' }],
    ['with an encoding that this message does not use', sound, { 'grpc-encoding': 'gzip' }],
    ['with more messages than one', Buffer.concat([sound, sound]), {}],
    ['with binary metadata', sound, { 'x-bin': 'AAEC', 'x-other-bin': '!' }],
    ['with time enough', sound, { 'grpc-timeout': '1H' }],
    ['with a URL for :authority', sound, { ':authority': 'http://127.0.0.1:2379' }],
  ];
  for (const [what, body, headers] of cases) assert.equal((await client.request(body, headers)).code, 0, what);
  client.close();
});

test('probes are told that the server serves', { timeout: 30_000 }, async () => {
  const client = new RawClient(server.url);
  const answer = await client.request(framed(''), { ':path': '/grpc.health.v1.Health/Check' });
  assert.equal(assertOk(answer).toString('hex'), '00000000020801');
  client.close();
});

test('a body in many frames is one message', { timeout: 30_000 }, async () => {
  const client = new RawClient(server.url);
  const value = Buffer.alloc(1_500_000, 'v');
  const length = Buffer.of(0xe0, 0xc6, 0x5b); // 1,500,000
  const body = framed(Buffer.concat([Buffer.from('0a016b12', 'hex'), length, value]).toString('hex'));
  assertOk(await client.request(body));
  const answer = assertOk(await client.request(framed('0a016b'), { ':path': range }));
  assert.ok(answer.includes(value), 'in one piece');
  client.close();
});

test('Node.js’s encoder of headers and our decoder agree on every character', { timeout: 30_000 }, async () => {
  const seen: Header[] = [];
  const listener = createServer((socket) => {
    const output = new SocketOutput(socket, new OutputTurns({ sentBytes: 0 }));
    const onRequest = (stream: { reset(code: number): void }, head: { headers: readonly Header[] }) => {
      seen.push(...head.headers);
      stream.reset(8);
      return undefined;
    };
    const connection = new Http2Connection({ output, monotonicMs: () => 0, onRequest, onError: assert.fail });
    socket.on('data', (chunk: Buffer) => connection.receive(chunk));
    socket.on('error', () => {}); // the client just goes
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const address = listener.address();
  assert.ok(typeof address === 'object' && address !== null);
  const client = new RawClient(`http://127.0.0.1:${address.port}`);
  const printable = Array.from({ length: 255 - 0x21 }, (_, i) => String.fromCharCode(i + 0x21)).filter(
    (c) => c < '\x7f' || c > '\xa0',
  );
  const values = [printable.join(''), ...printable, 'a b', 'x'.repeat(10_000)];
  for (const value of values) {
    await client.request(undefined, { 'x-value': value });
    assert.equal(seen.findLast(({ name }) => name === 'x-value')?.value, value);
  }
  client.close();
  listener.close();
});

test('curl is told what is wrong', {
  skip: spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed',
}, async () => {
  // Without a body: of a refusal that comes while it still sends one, curl sometimes shows nothing.
  const type = 'content-type: application/x-www-form-urlencoded';
  const curl = spawn('curl', ['-sS', '--http2-prior-knowledge', '-i', '-X', 'POST', '-H', type, server.url + put]);
  let said = '';
  for await (const chunk of curl.stdout) said += String(chunk);
  assert.match(said, /^HTTP\/2 415/);
  assert.match(said, /grpc-message: invalid gRPC request content-type "application\/x-www-form-urlencoded"/);
});
