import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { configMap, TestServer, tlsOf } from '../testing/api-servers.js';
import { adminPair, type KeyPair } from '../testing/certificates.js';
import type { Loose } from '../testing/registries.js';

let server: TestServer;
before(async () => {
  server = await TestServer.start();
});
after(() => server.close());

const configMaps = '/api/v1/namespaces/default/configmaps';

/** A watch over chunked HTTP: its events one after the other, undefined at the end. */
async function watchLines(path: string, headers: Record<string, string> = {}) {
  const request = httpsRequest(`${server.url}${path}`, { ...tlsOf(adminPair), agent: false, headers });
  request.end();
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const events = lines(response);
  return {
    code: response.statusCode,
    type: response.headers['content-type'],
    next: async (): Promise<Loose> => (await events.next()).value,
    leave: () => request.destroy(),
  };
}

async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<Loose, undefined> {
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + chunk.toString('utf8')).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield JSON.parse(part);
  }
  return undefined;
}

/** The same over a WebSocket. */
function webSocket(path: string, as: KeyPair | null = adminPair, protocols: string[] = []) {
  const socket = new WebSocket(`${server.url.replace('https', 'wss')}${path}`, protocols, tlsOf(as));
  const frames: { text: string; binary: boolean }[] = [];
  let wake = () => {};
  socket.on('message', (data, binary) => {
    frames.push({ text: String(data), binary });
    wake();
  });
  socket.on('close', () => wake());
  socket.on('error', () => wake());
  const next = async (): Promise<Loose> => {
    while (frames.length === 0) {
      if (socket.readyState >= WebSocket.CLOSING) return undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const frame = frames.shift()!;
    assert.equal(frame.binary, false);
    return JSON.parse(frame.text);
  };
  return { socket, next };
}

const create = (name: string) => server.call(configMaps, { method: 'POST', body: configMap(name, { a: '1' }) });

test('a watch streams what is there and then what happens, each event a line', async () => {
  await create('first');
  const watch = await watchLines(`${configMaps}?watch=1`);
  assert.deepEqual([watch.code, watch.type], [200, 'application/json']);
  assert.deepEqual(await watch.next().then(({ type, object }) => [type, object.metadata.name]), ['ADDED', 'first']);
  await create('second');
  await server.call(`${configMaps}/second`, {
    method: 'PATCH',
    body: { data: { a: '2' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  await server.call(`${configMaps}/second`, { method: 'DELETE' });
  const seen = [await watch.next(), await watch.next(), await watch.next()];
  assert.deepEqual(
    seen.map(({ type, object }) => [type, object.kind, object.metadata.name, object.data.a]),
    [
      ['ADDED', 'ConfigMap', 'second', '1'],
      ['MODIFIED', 'ConfigMap', 'second', '2'],
      ['DELETED', 'ConfigMap', 'second', '2'],
    ],
  );
  watch.leave();
});

test('legacy paths, selectors and timeoutSeconds', async () => {
  await create('third');
  const one = await watchLines(`/api/v1/watch/namespaces/default/configmaps/third?timeoutSeconds=1`);
  assert.equal((await one.next()).object.metadata.name, 'third');
  assert.equal(await one.next(), undefined);
  const selected = await watchLines(`${configMaps}?watch=true&fieldSelector=metadata.name%3Dthird&timeoutSeconds=1`);
  assert.equal((await selected.next()).object.metadata.name, 'third');
  assert.equal(await selected.next(), undefined);
});

test('tables: the columns come with the first event only', async () => {
  await create('fourth');
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
  const watch = await watchLines(`${configMaps}?watch=1&fieldSelector=metadata.name%3Dfourth`, { accept });
  const first = await watch.next();
  assert.deepEqual([first.type, first.object.kind, first.object.apiVersion], ['ADDED', 'Table', 'meta.k8s.io/v1']);
  assert.equal(first.object.columnDefinitions[0].name, 'Name');
  assert.deepEqual(first.object.rows[0].cells.slice(0, 2), ['fourth', 1]);
  assert.equal(first.object.rows[0].object.kind, 'PartialObjectMetadata');
  await server.call(`${configMaps}/fourth`, { method: 'DELETE' });
  const second = await watch.next();
  assert.deepEqual([second.type, second.object.columnDefinitions], ['DELETED', null]);
  watch.leave();
});

test('a WebSocket on the same URL gets one event a text frame', async () => {
  const { socket, next } = webSocket(`${configMaps}?watch=1&fieldSelector=metadata.name%3Dfifth`);
  await once(socket, 'open');
  await create('fifth');
  const event = await next();
  assert.deepEqual([event.type, event.object.metadata.name], ['ADDED', 'fifth']);
  socket.close();
  await once(socket, 'close');
});

test('a WebSocket may bring its token as a subprotocol, which is not echoed', async () => {
  const token = `base64url.bearer.authorization.k8s.io.${Buffer.from('secret-of-bob').toString('base64url')}`;
  const refused = webSocket(`${configMaps}?watch=1`, null, [token, 'v1.watch']);
  const [request, response] = await once(refused.socket, 'unexpected-response');
  assert.equal(response.statusCode, 403);
  let text = '';
  for await (const chunk of response) text += chunk;
  assert.match(JSON.parse(text).message, /User "bob" cannot watch resource "configmaps"/);
  request.destroy();
  const reader = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'readers' } };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'devs' }];
  const binding = await server.call('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    method: 'POST',
    body: { ...reader, roleRef, subjects },
  });
  assert.equal(binding.code, 201, binding.text);
  await authorized(() => server.call(configMaps, { as: null, headers: { authorization: 'Bearer secret-of-bob' } }));
  const { socket, next } = webSocket(`${configMaps}?watch=1`, null, [token, 'v1.watch']);
  await once(socket, 'open');
  assert.equal(socket.protocol, 'v1.watch');
  assert.equal((await next()).type, 'ADDED');
  socket.terminate();
});

/** Roles are followed, so a new one counts a moment after its creation. */
async function authorized(call: () => Promise<{ code: number }>): Promise<void> {
  while ((await call()).code === 403) await new Promise((resolve) => setImmediate(resolve));
}

test('reading one object is no watch, and no WebSocket', async () => {
  const { json } = await server.call(`${configMaps}/first?watch=1`);
  assert.equal(json.kind, 'ConfigMap');
  const { socket } = webSocket(`${configMaps}/first`);
  const [, response] = await once(socket, 'unexpected-response');
  assert.equal(response.statusCode, 400);
  socket.terminate();
});

test('a stopping server ends its watches, and the streams are whole', async () => {
  const own = await TestServer.start();
  const request = httpsRequest(`${own.url}/api/v1/namespaces?watch=1&resourceVersion=0`, { ...tlsOf(adminPair), agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  const events = lines(response);
  assert.equal((await events.next()).value.object.kind, 'Namespace');
  const closed = own.close();
  let last: Loose;
  for (let next = await events.next(); next.done !== true; next = await events.next()) last = next.value;
  assert.equal(response.complete, true);
  assert.notEqual(last?.type, 'ERROR');
  await closed;
});

test('a WebSocket handshake that is broken is refused, and its watch ends', async () => {
  const request = httpsRequest(`${server.url}${configMaps}?watch=1`, {
    ...tlsOf(adminPair),
    agent: false,
    headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'short', 'sec-websocket-version': '13' },
  });
  request.end();
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  assert.equal(response.statusCode, 400);
  response.resume();
  await once(response, 'end');
  let open = '';
  do {
    const { text } = await server.call('/metrics');
    open = /apiserver_longrunning_requests\{[^}]*resource="configmaps"[^}]*\} (\d+)/.exec(text)?.[1] ?? '';
  } while (open !== '0');
});

test('a reader that does not read gets all of it when it does', async () => {
  for (let i = 0; i < 20; i++) {
    await server.call(configMaps, { method: 'POST', body: configMap(`big-${i}`, { a: 'x'.repeat(200_000) }) });
  }
  const request = httpsRequest(`${server.url}${configMaps}?watch=1&timeoutSeconds=30`, { ...tlsOf(adminPair), agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  response.pause();
  await server.call(`${configMaps}/big-0`, { method: 'DELETE' });
  const seen: string[] = [];
  for await (const { type, object } of lines(response)) {
    seen.push(`${type} ${object.metadata.name}`);
    if (type === 'DELETED') break;
  }
  assert.equal(new Set(seen.filter((event) => event.startsWith('ADDED big-'))).size, 20);
  request.destroy();
});
