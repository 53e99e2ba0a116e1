import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { TestServer, tlsOf } from '../../testing/api-servers.js';
import { adminPair, serverPair } from '../../testing/certificates.js';

let server: TestServer;
/** What the kubelet is asked, and its answer. */
let serve: (request: IncomingMessage, response: ServerResponse) => void = () => {};
const kubelet = createServer({ cert: serverPair.cert, key: serverPair.key }, (request, response) => serve(request, response));
const pods = '/api/v1/namespaces/default/pods';

before(async () => {
  kubelet.listen(0, '127.22.7.2');
  await once(kubelet, 'listening');
  server = await TestServer.start();
  const { port } = kubelet.address() as AddressInfo;
  await made('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.22.7.2' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  const patched = await server.call('/api/v1/nodes/n/status', {
    method: 'PATCH',
    body: { status },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(patched.code, 200, patched.text);
  await made('/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  await made(pods, pod('web', 'n', ['c']));
  await made(pods, pod('two', 'n', ['a', 'b']));
  await made(pods, pod('unbound', undefined, ['c']));
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

function pod(name: string, nodeName: string | undefined, containers: readonly string[]): object {
  const spec = {
    containers: containers.map((container) => ({ name: container, image: 'x' })),
    ...(nodeName === undefined ? {} : { nodeName }),
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
}

test('logs come from the kubelet, with the options it takes', async () => {
  const asked: string[] = [];
  serve = (request, response) => {
    asked.push(request.url ?? '');
    response.end('a line\n');
  };
  const reply = await server.call(`${pods}/web/log?tailLines=5&follow=false&timestamps=true&previous=1&pretty=1`);
  assert.deepEqual([reply.code, reply.text, reply.headers['content-type']], [200, 'a line\n', 'text/plain']);
  await server.call(`${pods}/two/log?container=b&sinceSeconds=3&limitBytes=9`);
  assert.deepEqual(asked, [
    '/containerLogs/default/web/c?tailLines=5&previous=true&timestamps=true',
    '/containerLogs/default/two/b?sinceSeconds=3&limitBytes=9',
  ]);
});

for (const [query, code, message] of [
  ['two/log', 400, 'a container name must be specified for pod two, choose one of: [a b]'],
  ['two/log?container=z', 400, 'container z is not valid for pod two'],
  ['gone/log', 404, 'pods "gone" not found'],
  [
    'web/log?tailLines=-1',
    422,
    'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
  ],
  ['web/log?sinceTime=yesterday', 400, 'parsing time "yesterday": want RFC 3339'],
] as const) {
  test(`logs refused: ${query}`, async () => {
    const { json } = await server.call(`${pods}/${query}`);
    assert.deepEqual([json.code, json.message], [code, message]);
  });
}

test('what the kubelet refuses is told in its words; a pod without a node has no log', async () => {
  serve = (_request, response) => response.writeHead(400).end('container "c" in pod "web" is waiting to start: ErrImagePull\n');
  const { json } = await server.call(`${pods}/web/log`);
  assert.deepEqual([json.code, json.reason], [400, 'BadRequest']);
  assert.equal(json.message, 'container "c" in pod "web" is waiting to start: ErrImagePull');
  assert.equal((await server.call(`${pods}/unbound/log`)).code, 204);
});

test('a followed log streams, and ends at the kubelet when the client leaves', async () => {
  let gone: Promise<unknown> = Promise.resolve();
  serve = (_request, response) => {
    gone = once(response, 'close');
    response.write('first\n');
  };
  const request = httpsRequest(`${server.url}${pods}/web/log?follow=true`, { ...tlsOf(adminPair), agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const [chunk] = (await once(response, 'data')) as [Buffer];
  assert.equal(chunk.toString(), 'first\n');
  response.on('error', () => {});
  request.destroy();
  await gone;
});

test('a proxied request keeps its method, path, query and body, and shows no credential', async () => {
  serve = (request, response) => {
    const { authorization, 'impersonate-user': user } = request.headers;
    request.setEncoding('utf8').on('data', (text: string) => {
      response.setHeader('x-from', 'kubelet');
      response.writeHead(418).end(JSON.stringify([request.method, request.url, text, authorization, user]));
    });
  };
  const reply = await server.call('/api/v1/nodes/n/proxy/some/path%20x?q=1', {
    method: 'POST',
    body: 'payload',
    headers: { authorization: 'Bearer x' },
  });
  assert.deepEqual([reply.code, reply.headers['x-from']], [418, 'kubelet']);
  assert.deepEqual(JSON.parse(reply.text), ['POST', '/some/path%20x?q=1', 'payload', null, null]);
});

test('an unreachable kubelet is an error of the gateway, told at once', async () => {
  await made('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'silent' } });
  const { json } = await server.call('/api/v1/nodes/silent/proxy/healthz');
  assert.deepEqual([json.code, json.message], [503, 'no preferred addresses found for node "silent"']);
});
