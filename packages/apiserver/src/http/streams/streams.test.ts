import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, test } from 'node:test';
import { TestServer, tlsOf } from '../../testing/api-servers.js';
import { adminPair, serverPair } from '../../testing/certificates.js';

let server: TestServer;
const asked: IncomingMessage[] = [];
/** A kubelet that agrees to whatever it is asked, says hello and then echoes. */
const kubelet = createServer({ cert: serverPair.cert, key: serverPair.key }, (_request, response) => response.end('ok'));
kubelet.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
  asked.push(request);
  if (request.url?.includes('refused') === true) {
    socket.end('HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot today');
    return;
  }
  if (request.url?.includes('much') === true) {
    socket.end(
      Buffer.concat([Buffer.from('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n'), much]),
    );
    return;
  }
  if (request.headers.upgrade === 'websocket') {
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${frames.join('')}`,
      'latin1',
    );
    return;
  }
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Chosen: v4\r\n\r\nhello');
  socket.on('error', () => {});
  socket.pipe(socket);
});
/** More than connections hold. */
const much = Buffer.alloc(16_000_000, 'much');
/** Of a WebSocket: `one`, `two` and a close. */
const frames = ['\x82\x03one', '\x82\x03two', '\x88\x00'];
const pods = '/api/v1/namespaces/default/pods';

before(async () => {
  kubelet.listen(0, '127.22.7.3');
  await once(kubelet, 'listening');
  server = await TestServer.start();
  await made('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  const { port: Port } = kubelet.address() as AddressInfo;
  const status = { addresses: [{ type: 'InternalIP', address: '127.22.7.3' }], daemonEndpoints: { kubeletEndpoint: { Port } } };
  const patched = await server.call('/api/v1/nodes/n/status', {
    method: 'PATCH',
    body: { status },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(patched.code, 200, patched.text);
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await made(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  for (const [name, nodeName, containers] of [
    ['web', 'n', ['c']],
    ['two', 'n', ['a', 'b', 'refused']],
    ['unbound', undefined, ['c']],
  ] as const) {
    const spec = { ...(nodeName && { nodeName }), containers: containers.map((container) => ({ name: container, image: 'x' })) };
    await made(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
  }
});
after(async () => {
  await server.close();
  kubelet.closeAllConnections();
  kubelet.close();
});

async function made(path: string, body: object): Promise<void> {
  const reply = await server.call(path, { method: 'POST', body });
  assert.equal(reply.code, 201, reply.text);
}

interface Answer {
  readonly code: number | undefined;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

/** Asks to leave HTTP; on agreement says `and back`, and returns all that came until that was echoed. */
function upgrade(path: string, pair: typeof adminPair | null = adminPair, headers: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`${server.url}${path}`, {
      method: 'POST',
      ...(pair === null ? { rejectUnauthorized: false } : tlsOf(pair)),
      agent: false,
      headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', ...headers },
    });
    request.on('error', reject);
    request.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      resolve({ code: response.statusCode, text, headers: response.headers });
    });
    request.on('upgrade', (response, socket, head) => {
      let text = head.toString();
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (!text.endsWith('and back')) return;
        socket.destroy();
        resolve({ code: response.statusCode, text, headers: response.headers });
      });
      socket.write('and back');
    });
    request.end();
  });
}

for (const [path, wanted] of [
  [
    'web/exec?command=sh&command=-c&stdin=true&stdout=true&stderr=false',
    '/exec/default/web/c?input=1&output=1&command=sh&command=-c',
  ],
  ['two/attach?container=b&stdout=1&tty=true', '/attach/default/two/b?output=1&tty=1'],
  ['web/portforward', '/portForward/default/web'],
  ['web/portforward?ports=80,81', '/portForward/default/web?port=80&port=81'],
] as const) {
  test(`passed on: ${path}`, async () => {
    const answer = await upgrade(`${pods}/${path}`, adminPair, { 'x-stream-protocol-version': 'v4' });
    assert.deepEqual([answer.code, answer.text, answer.headers['x-chosen']], [101, 'helloand back', 'v4']);
    const request = asked.at(-1);
    assert.deepEqual([request?.method, request?.url], ['POST', wanted]);
    assert.deepEqual([request?.headers['x-stream-protocol-version'], request?.headers.authorization], ['v4', undefined]);
  });
}

test('each frame of a WebSocket is a TLS record, for clients that poll the connection', async () => {
  const records: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket' };
    const request = httpsRequest(`${server.url}${pods}/web/exec?stdout=1`, { ...tlsOf(adminPair), agent: false, headers });
    request.on('error', reject);
    request.on('upgrade', (_response, socket, head) => {
      assert.equal(head.length, 0, 'nor is the first one with the headers');
      // Node.js reads a record at a time.
      socket.on('data', (record: Buffer) => records.push(record.toString('latin1')));
      socket.on('end', resolve);
      socket.on('error', reject);
    });
    request.end();
  });
  assert.deepEqual(records, frames);
});

test('a server that leaves has been heard to the end, by a slow client too', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1' };
  const request = httpsRequest(`${server.url}/api/v1/nodes/n/proxy/much`, { ...tlsOf(adminPair), agent: false, headers });
  request.end();
  const [, socket, head] = (await once(request, 'upgrade')) as [IncomingMessage, Duplex, Buffer];
  let bytes = head.length;
  for await (const chunk of socket) {
    bytes += (chunk as Buffer).length;
    await new Promise(setImmediate);
  }
  assert.equal(bytes, much.length);
});

test('a proxied request may leave HTTP too', async () => {
  const answer = await upgrade('/api/v1/nodes/n/proxy/some/path?q=1');
  assert.deepEqual([answer.code, answer.text, asked.at(-1)?.url], [101, 'helloand back', '/some/path?q=1']);
});

test('what the kubelet says instead gets to the client', async () => {
  const answer = await upgrade(`${pods}/two/exec?container=refused&stdout=true`);
  assert.deepEqual([answer.code, answer.text], [500, 'not today']);
});

for (const [path, code, message] of [
  ['two/exec?stdout=true', 400, 'a container name must be specified for pod two, choose one of: [a b refused]'],
  ['web/exec?container=z', 400, 'container z is not valid for pod web'],
  ['unbound/attach', 400, 'pod unbound does not have a host assigned'],
  ['gone/portforward', 404, 'pods "gone" not found'],
] as const) {
  test(`refused: ${path}`, async () => {
    const { text } = await upgrade(`${pods}/${path}`);
    const status = JSON.parse(text) as { code: number; message: string };
    assert.deepEqual([status.code, status.message], [code, message]);
  });
}

test('without an upgrade there is nothing to stream; without a credential nothing at all', async () => {
  const { json } = await server.call(`${pods}/web/exec?command=ls&stdout=true`, { method: 'POST' });
  assert.deepEqual([json.code, json.message], [400, 'Upgrade request required']);
  assert.equal((await upgrade(`${pods}/web/exec?command=ls`, null)).code, 401);
});
