import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { defined, seededRandom } from '@flotilla/base';
import { bodyBytesMax, headerBytesMax } from '../limits.js';
import { configMap, TestServer, tlsOf } from '../testing/api-servers.js';
import { adminPair, type KeyPair, serverPair } from '../testing/certificates.js';
import { createHttp2Server } from './http2.js';
import type { Response } from './message.js';

interface Answer {
  readonly code: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Wanted {
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: object | Buffer;
}

const maps = '/api/v1/namespaces/default/configmaps';
const bounds = { maxStreams: 10, goawayChance: 0, random: seededRandom(1) };
let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

async function open(pair: KeyPair | null = adminPair, to = server): Promise<ClientHttp2Session> {
  const session = connect(to.url, pair === null ? { rejectUnauthorized: false } : tlsOf(pair));
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  return session;
}

async function ask(session: ClientHttp2Session, method: string, path: string, { headers, body }: Wanted = {}): Promise<Answer> {
  const bytes = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const type = bytes === undefined ? {} : { 'content-type': 'application/json' };
  const stream = session.request({ ':method': method, ':path': path, ...type, ...headers }, { endStream: bytes === undefined });
  if (bytes !== undefined) stream.end(bytes);
  return answerOf(stream);
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { readonly ':status'?: number }];
  const pieces: Buffer[] = [];
  // Not as an iterator, which wants the request to be sent to its end.
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await once(stream, 'end');
  return { code: headers[':status'], headers, body: Buffer.concat(pieces) };
}

function jsonOf({ body }: Answer) {
  return JSON.parse(body.toString()) as Record<string, never>; // whatever a test expects
}

async function watch(session: ClientHttp2Session, query = ''): Promise<{ stream: ClientHttp2Stream; next(): Promise<string> }> {
  const stream = session.request({ ':path': `${maps}?watch=1&resourceVersion=0${query}` });
  stream.setEncoding('utf8');
  await once(stream, 'response');
  let text = '';
  stream.on('data', (piece: string) => {
    text += piece;
  });
  return {
    stream,
    async next() {
      while (!text.includes('\n')) await once(stream, 'data');
      const [line = '', ...rest] = text.split('\n');
      text = rest.join('\n');
      return line;
    },
  };
}

test('one connection carries all verbs, many requests at a time', async () => {
  const session = await open();
  const names = Array.from({ length: 50 }, (_, i) => `verbs-${i}`);
  const made = await Promise.all(names.map((name) => ask(session, 'POST', maps, { body: configMap(name, { a: name }) })));
  assert.deepEqual(new Set(made.map(({ code }) => code)), new Set([201]));
  const read = await Promise.all(names.map((name) => ask(session, 'GET', `${maps}/${name}`)));
  assert.deepEqual(
    read.map((answer) => jsonOf(answer)['data']),
    names.map((name) => ({ a: name })),
  );
  const [head, patched, missing, gone] = await Promise.all([
    ask(session, 'HEAD', `${maps}/verbs-0`),
    ask(session, 'PATCH', `${maps}/verbs-1`, {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { data: { b: 'c' } },
    }),
    ask(session, 'GET', `${maps}/verbs-x`),
    ask(session, 'DELETE', `${maps}/verbs-2`),
  ]);
  assert.deepEqual([head.code, head.body.length, head.headers['audit-id'] !== undefined], [200, 0, true]);
  assert.deepEqual(jsonOf(patched)['data'], { a: 'verbs-1', b: 'c' });
  assert.deepEqual([missing.code, jsonOf(missing)['reason'], gone.code], [404, 'NotFound', 200]);
  session.close();
});

test('watches share a connection with everything else, and end one by one', async () => {
  const session = await open();
  const one = await watch(session, '&fieldSelector=metadata.name=shared');
  const other = await watch(session, '&fieldSelector=metadata.name=shared');
  await ask(session, 'POST', maps, { body: configMap('shared', {}) });
  assert.match(await one.next(), /^\{"type":"ADDED",.*"name":"shared"/);
  assert.match(await other.next(), /^\{"type":"ADDED"/);
  one.stream.close(constants.NGHTTP2_CANCEL);
  await once(one.stream, 'close');
  await ask(session, 'DELETE', `${maps}/shared`);
  assert.match(await other.next(), /^\{"type":"DELETED"/);
  session.close();
  other.stream.close(constants.NGHTTP2_CANCEL);
  await once(session, 'close');
});

test('long answers come whole, compressed or not, though the client reads slowly', async () => {
  const session = await open();
  const text = 'abcdefgh'.repeat(32 * 1024);
  const names = Array.from({ length: 8 }, (_, i) => `long-${i}`);
  for (const name of names) await ask(session, 'POST', maps, { body: configMap(name, { text }) });
  const stream = session.request({ ':path': `${maps}?limit=500` });
  await once(stream, 'response');
  let length = 0;
  for await (const piece of stream) {
    length += (piece as Buffer).length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(length > names.length * text.length, `${length} bytes`);
  const packed = await ask(session, 'GET', maps, { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(packed.body).length > names.length * text.length, true);
  for (const name of names) await ask(session, 'DELETE', `${maps}/${name}`);
  session.close();
});

test('a body too large is refused, one that breaks off is dropped, and the connection goes on', async () => {
  const session = await open();
  const large = session.request({ ':method': 'POST', ':path': maps, 'content-type': 'application/json' });
  large.on('error', () => {}); // what is written after the refusal
  large.write(Buffer.alloc(bodyBytesMax + 1, ' '));
  const refused = await answerOf(large);
  assert.deepEqual([refused.code, jsonOf(refused)['reason']], [413, 'RequestEntityTooLarge']);
  const broken = session.request({ ':method': 'POST', ':path': maps, 'content-type': 'application/json' });
  broken.write('{"kind":');
  broken.on('error', () => {});
  await ask(session, 'GET', '/version');
  broken.close(constants.NGHTTP2_CANCEL);
  await once(broken, 'close');
  assert.equal((await ask(session, 'GET', '/version')).code, 200);
  const headers = { 'x-long': 'x'.repeat(headerBytesMax) };
  await assert.rejects(ask(session, 'GET', '/version', { headers }));
  assert.equal((await ask(session, 'GET', '/version')).code, 200);
  session.close();
});

/** A string of HPACK that is not compressed (RFC 7541 §5.2). */
const text = (value: string) => Buffer.from(`${String.fromCharCode(value.length)}${value}`, 'latin1');
const frame = (type: number, flags: number, stream: number, payload: Buffer) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
};

// In frames of our own (RFC 9113 §4.1): Node.js does not tell a client in which order they come.
test('an answer ends before the client is told to stop sending', async () => {
  const { hostname: host, port } = new URL(server.url);
  const socket = connectTls({ host, port: Number(port), ALPNProtocols: ['h2'], ...tlsOf(adminPair) });
  const requests = 50;
  const post = Buffer.concat([Buffer.from([0x83, 0x87, 0x04]), text('/nowhere'), Buffer.from([0x01]), text('x')]);
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  socket.write(frame(4, 0, 0, Buffer.alloc(0)));
  for (let i = 0; i < requests; i++) socket.write(frame(1, 4, 2 * i + 1, post));
  const seen = new Map<number, string[]>();
  let resets = 0;
  let buffer = Buffer.alloc(0);
  for await (const chunk of socket) {
    buffer = Buffer.concat([buffer, chunk as Buffer]);
    while (buffer.length >= 9) {
      const length = 9 + buffer.readUIntBE(0, 3);
      if (buffer.length < length) break;
      const [type, flags, stream] = [buffer.readUInt8(3), buffer.readUInt8(4), buffer.readUInt32BE(5)];
      if (type === 3) resets++;
      const event = type === 3 ? `reset ${buffer.readUInt32BE(9)}` : type < 2 && flags % 2 === 1 ? 'end' : undefined;
      if (event !== undefined) seen.set(stream, [...(seen.get(stream) ?? []), event]);
      buffer = buffer.subarray(length);
    }
    if (resets === requests) break;
  }
  assert.deepEqual([...seen.values()], Array(requests).fill(['end', 'reset 0']));
});

test('each value of a repeated header counts', async () => {
  const session = await open();
  const headers = { 'impersonate-user': 'alice', 'impersonate-group': ['devs', 'ops'], 'impersonate-extra-team': ['a', 'b'] };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const answer = await ask(session, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { headers, body });
  assert.deepEqual(jsonOf(answer)['status'], {
    userInfo: { username: 'alice', groups: ['devs', 'ops', 'system:authenticated'], extra: { team: ['a', 'b'] } },
  });
  session.close();
});

for (const [who, headers, path, code] of [
  ['whose token is wrong', { authorization: 'Bearer wrong' }, maps, 401],
  ['who is anonymous', {}, '/livez', 200],
] as const) {
  test(`a client ${who} may not keep the connection`, async () => {
    const session = await open(null);
    const left = once(session, 'goaway');
    assert.equal((await ask(session, 'GET', path, { headers })).code, code);
    await left;
    if (!session.closed) await once(session, 'close');
  });
}

test('a body without a length is passed on to a node', async () => {
  const session = await open();
  const node = createServer((request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => {
      text += piece.toString();
    });
    request.on('end', () => response.setHeader('connection', 'close').end(`${request.method} ${request.url} ${text}`));
  });
  node.listen(0, '127.22.7.4');
  await once(node, 'listening');
  const { port } = node.address() as AddressInfo; // of a TCP server
  const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'h2' } };
  assert.equal((await ask(session, 'POST', '/api/v1/nodes', { body })).code, 201);
  const status = { addresses: [{ type: 'InternalIP', address: '127.22.7.4' }] };
  const patch = { headers: { 'content-type': 'application/merge-patch+json' }, body: { status } };
  assert.equal((await ask(session, 'PATCH', '/api/v1/nodes/h2/status', patch)).code, 200);
  const path = `/api/v1/nodes/http:h2:${port}/proxy/echo`;
  const answer = await ask(session, 'POST', path, { body: Buffer.from('hello') });
  assert.equal(answer.body.toString(), 'POST /echo hello');
  node.close();
  session.close();
});

test('only HTTP/1.1 can be left', async () => {
  const session = await open();
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'h2' },
    spec: { nodeName: 'h2', containers: [{ name: 'c', image: 'x' }] },
  };
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } };
  await ask(session, 'POST', '/api/v1/namespaces/default/serviceaccounts', { body: account });
  assert.equal((await ask(session, 'POST', '/api/v1/namespaces/default/pods', { body: pod })).code, 201);
  const answer = await ask(session, 'POST', '/api/v1/namespaces/default/pods/h2/exec?command=ls&stdout=true');
  assert.deepEqual([answer.code, jsonOf(answer)['message']], [400, 'Upgrade request required']);
  session.close();
});

test('flags bound the requests of a connection, and send clients elsewhere by chance', async () => {
  const bounded = await TestServer.start('--http2-max-streams-per-connection=7', '--goaway-chance=0.02');
  const session = await open(adminPair, bounded);
  assert.equal(session.remoteSettings.maxConcurrentStreams, 7);
  assert.equal((await open()).remoteSettings.maxConcurrentStreams, 100);
  let left = false;
  session.once('goaway', () => {
    left = true;
  });
  let asked = 0;
  for (; !left && asked < 5_000; asked++) assert.equal((await ask(session, 'GET', '/version')).code, 200);
  assert.ok(left && asked > 1, `after ${asked} requests`);
  await bounded.close();
});

test('an answer that breaks off is told apart from its end; a client that reads nothing loses its connection', async () => {
  const responses: Response[] = [];
  let taken: TLSSocket | undefined;
  const answer = (_: unknown, response: Response) => {
    responses.push(response);
    response.writeHead(200);
    response.write(Buffer.alloc(64 * 1024 * 1024));
  };
  const http2 = createHttp2Server({ ...bounds, idleMs: 60_000, answer });
  const front = createTlsServer({ cert: serverPair.cert, key: serverPair.key, ALPNProtocols: ['h2'] }, (socket) => {
    taken = socket;
    http2.take(socket);
  });
  front.listen(0, '127.22.7.5');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo; // of a TCP server
  const relay = createTcpServer((near) => {
    const far = connectTcp(port, '127.22.7.5');
    near.on('error', () => {}).pipe(far);
    far.on('error', () => {}).pipe(near);
    relay.once('stuck', () => far.unpipe(near).pause());
  });
  relay.listen(0, '127.22.7.5');
  await once(relay, 'listening');
  const settings = { initialWindowSize: 2 ** 30 };
  const at = (to: number) => `https://127.22.7.5:${to}`;
  const session = connect(at((relay.address() as AddressInfo).port), { rejectUnauthorized: false, settings }); // of a TCP server
  session.on('error', () => {});
  await once(session, 'remoteSettings');
  session.setLocalWindowSize(2 ** 30);
  const reading = session.request({ ':path': '/reads' });
  reading.on('error', () => {});
  await once(reading, 'response');
  responses[0]?.destroy();
  await new Promise((resolve) => reading.once('close', resolve));
  assert.deepEqual([reading.rstCode, session.destroyed], [constants.NGHTTP2_INTERNAL_ERROR, false]);
  const stuck = session.request({ ':path': '/does-not' });
  stuck.on('error', () => {});
  await once(stuck, 'response');
  relay.emit('stuck');
  const cut = once(defined(taken, 'the relay has connected'), 'close');
  responses[1]?.destroy();
  await cut;
  session.destroy();
  for (const server of [front, relay]) server.close();
});

test('a connection is closed when it has had no requests for a while, and only then', async () => {
  let answerLast = () => {};
  const answer = (_: unknown, response: Response) => {
    response.writeHead(200);
    answerLast = () => response.end();
  };
  const http2 = createHttp2Server({ ...bounds, idleMs: 50, answer });
  const front = createTlsServer({ cert: serverPair.cert, key: serverPair.key, ALPNProtocols: ['h2'] }, (socket) =>
    http2.take(socket),
  );
  front.listen(0, '127.22.7.5');
  await once(front, 'listening');
  const { port } = front.address() as AddressInfo; // of a TCP server
  const session = connect(`https://127.22.7.5:${port}`, { rejectUnauthorized: false });
  const closed = once(session, 'close');
  const stream = session.request({ ':path': '/silent' });
  await once(stream, 'response');
  await setTimeout(200);
  assert.equal(session.closed, false);
  stream.resume();
  answerLast();
  await closed;
  front.close();
});

test('a server that stops ends watches whole and connections politely', async () => {
  const stopping = await TestServer.start();
  const session = await open(adminPair, stopping);
  const { stream } = await watch(session);
  const goaway = once(session, 'goaway');
  const ended = once(stream, 'end');
  const closed = once(session, 'close');
  await stopping.close();
  await Promise.all([goaway, ended, closed]);
  assert.equal(stream.rstCode, constants.NGHTTP2_NO_ERROR);
});
