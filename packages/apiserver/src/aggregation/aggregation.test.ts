import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { TestServer, tlsOf } from '../testing/api-servers.js';
import { adminPair, alicePair, extensionPair, rotatedProxyPair, testCa } from '../testing/certificates.js';
import { cronTabs, establish, until } from '../testing/custom-resources.js';
import type { Loose } from '../testing/registries.js';

const address = '127.22.7.9';
const services = '/apis/apiregistration.k8s.io/v1/apiservices';
const flunders = '/apis/wardle.example.com/v1alpha1';
const flunderRef = { $ref: '#/definitions/Flunder' };

/** What the extension API server has been asked, the last last. */
const asked: { url: string; headers: IncomingMessage['headers']; client: string; body: string }[] = [];
let extension: Server;
let server: TestServer;

before(async () => {
  extension = await startExtension();
  server = await TestServer.start();
});
after(async () => {
  await server.close();
  extension.closeAllConnections();
  extension.close();
});

async function startExtension(): Promise<Server> {
  const resources = [{ name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs: ['get', 'list'] }];
  const list = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'wardle.example.com/v1alpha1', resources };
  const answers: Record<string, object> = {
    [flunders]: list,
    '/openapi/v3': { paths: { 'apis/wardle.example.com/v1alpha1': { serverRelativeURL: '/openapi/v3/apis/x?hash=ABC' } } },
    [`/openapi/v3${flunders}`]: { openapi: '3.0.0', info: { title: 'sample', version: '1' } },
    '/openapi/v2': {
      swagger: '2.0',
      paths: { [`${flunders}/namespaces/{namespace}/flunders`]: { get: { responses: { 200: { schema: flunderRef } } } } },
      definitions: { Flunder: { type: 'object', description: 'of the extension' } },
    },
  };
  const options = { cert: extensionPair.cert, key: extensionPair.key, ca: testCa, requestCert: true, rejectUnauthorized: false };
  const started = createServer(options, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', headers } = request;
      const client = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
      asked.push({ url, headers, client: String(client), body: Buffer.concat(chunks).toString() });
      if (url.includes('watch=true')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"type":"ADDED"}\n');
        return; // and goes on for ever
      }
      const path = url.split('?')[0] ?? '';
      response.setHeader('etag', '"1"');
      response.writeHead(headers['if-none-match'] === '"1"' ? 304 : 200, { 'content-type': 'application/json', 'x-own': 'yes' });
      response.end(JSON.stringify(answers[path] ?? { kind: 'Flunder', path }));
    });
  });
  started.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.on('data', (chunk: Buffer) => socket.write(`you said ${chunk.toString()}`));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => started.listen(0, address, resolve));
  return started;
}

const apiService = (more: Loose = {}) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1alpha1.wardle.example.com' },
  spec: {
    group: 'wardle.example.com',
    version: 'v1alpha1',
    groupPriorityMinimum: 2_000,
    versionPriority: 200,
    service: { namespace: 'default', name: 'sample' },
    caBundle: Buffer.from(testCa).toString('base64'),
    ...more,
  },
});

async function available(): Promise<Loose> {
  const { json } = await server.call(`${services}/v1alpha1.wardle.example.com`);
  return json.status?.conditions?.[0];
}

test('the groups that are served here are local APIServices, always available', async () => {
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const rows = async () =>
    (await server.call(services, { headers: table })).json.rows.map(({ cells }: Loose) => cells.slice(0, 3));
  await until(async () => (await rows()).every(([, , state]: Loose) => state === 'True'));
  const names = (await rows()).map(([name]: Loose) => name);
  assert.ok(names.includes('v1.') && names.includes('v1.apps') && names.includes('v2.autoscaling'), names.join());
  assert.ok(!names.includes('v1.apiregistration.k8s.io'));
  await establish(server, cronTabs());
  await until(async () => (await server.call(`${services}/v1.stable.example.com`)).code === 200);
  await server.call('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/crontabs.stable.example.com', { method: 'DELETE' });
  await until(async () => (await server.call(`${services}/v1.stable.example.com`)).code === 404);
});

test('an APIService whose service is not there is not available, and says why', async () => {
  const created = await server.call(services, { method: 'POST', body: apiService() });
  assert.equal(created.code, 201, created.text);
  await until(async () => (await available())?.status === 'False');
  const { reason, message } = await available();
  assert.deepEqual([reason, message], ['ServiceNotFound', 'service/sample in "default" is not present']);
  const { code, text } = await server.call(`${flunders}/namespaces/default/flunders`);
  assert.deepEqual([code, text], [503, 'service unavailable\n']);
  const { json } = await server.call('/apis', {
    headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' },
  });
  const group = json.items.find(({ metadata }: Loose) => metadata.name === 'wardle.example.com');
  assert.equal(group.versions[0].freshness, 'Stale');
});

test('it becomes available with its endpoints, and is discovered and documented', async () => {
  const { port } = extension.address() as AddressInfo;
  const metadata = { name: 'sample' };
  const service = { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 443, targetPort: port }] } };
  assert.equal((await server.call('/api/v1/namespaces/default/services', { method: 'POST', body: service })).code, 201);
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'sample-1', labels: { 'kubernetes.io/service-name': 'sample' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: '', port }],
  };
  const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
  const made = await server.call(path, { method: 'POST', body: slice });
  assert.equal(made.code, 201, made.text);
  await until(async () => (await available())?.status === 'True');
  assert.equal((await available()).reason, 'Passed');
  const { json: groups } = await server.call('/apis');
  const names = groups.groups.map(({ name }: Loose) => name);
  assert.equal(names[0], 'apiregistration.k8s.io');
  assert.ok(names.includes('wardle.example.com'));
  const { json: list } = await server.call(flunders);
  assert.equal(list.resources[0].name, 'flunders');
  const { json: index } = await server.call('/openapi/v3');
  const { serverRelativeURL } = index.paths['apis/wardle.example.com/v1alpha1'];
  assert.equal(serverRelativeURL, '/openapi/v3/apis/wardle.example.com/v1alpha1?hash=ABC');
  assert.equal((await server.call(serverRelativeURL)).json.info.title, 'sample');
});

test('its OpenAPI 2.0 document is a part of ours, and is not sent again while it stays the same', async () => {
  const { json: document } = await server.call('/openapi/v2');
  assert.deepEqual(document.definitions.Flunder, { type: 'object', description: 'of the extension' });
  const { get } = document.paths[`${flunders}/namespaces/{namespace}/flunders`];
  assert.deepEqual(get.responses[200].schema, flunderRef);
  assert.ok(document.paths['/api/v1/namespaces/{namespace}/pods']);
  const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  assert.match((await server.call('/openapi/v2', { headers: { accept } })).text, /of the extension/);
  const path = `${services}/v1alpha1.wardle.example.com`;
  const asks = () => asked.filter(({ url }) => url === '/openapi/v2').map(({ headers }) => headers['if-none-match']);
  assert.deepEqual(asks(), [undefined]);
  const headers = { 'content-type': 'application/merge-patch+json' };
  await server.call(path, { method: 'PATCH', headers, body: '{"spec":{"versionPriority":201}}' });
  await until(async () => asks().length > 1);
  assert.deepEqual(asks(), [undefined, '"1"']);
  await until(async () => (await available())?.status === 'True');
  assert.equal((await server.call('/openapi/v2')).json.definitions.Flunder.description, 'of the extension');
});

test('a proxy client certificate that is another now is shown from the next request on', async () => {
  const before = server.proxyIdentity.pair;
  const clientOf = async () => {
    assert.equal((await server.call(`${flunders}/namespaces/default/flunders/a`)).code, 200);
    return asked.at(-1)?.client;
  };
  assert.equal(await clientOf(), 'front-proxy-client');
  server.proxyIdentity.pair = rotatedProxyPair;
  assert.equal(await clientOf(), 'front-proxy-client-2');
  server.proxyIdentity.pair = before;
  assert.equal(await clientOf(), 'front-proxy-client');
});

test('requests are passed on with who sends them, and nothing by which they prove it', async () => {
  const path = `${flunders}/namespaces/default/flunders?dryRun=All`;
  const headers = { authorization: 'Bearer x', 'x-remote-user': 'root', 'x-other': 'kept' };
  const reply = await server.call(path, { method: 'POST', body: { a: 1 }, headers });
  assert.deepEqual([reply.code, reply.headers['x-own'], reply.json.kind], [200, 'yes', 'Flunder']);
  const last = asked.at(-1);
  assert.equal(last?.client, 'front-proxy-client');
  assert.deepEqual([last?.url, last?.body], [path, '{"a":1}']);
  assert.deepEqual([last?.headers['x-remote-user'], last?.headers['x-other']], ['kubernetes-admin', 'kept']);
  assert.equal(last?.headers['x-remote-group'], 'system:masters, system:authenticated');
  assert.equal(last?.headers.authorization, undefined);
  assert.equal((await server.call(path, { headers, as: null })).code, 401);
  assert.equal((await server.call(path, { as: alicePair })).code, 403);
});

test('a watch streams through, event by event', async () => {
  const url = `${server.url}${flunders}/namespaces/default/flunders?watch=true`;
  const first = await new Promise<string>((resolve, reject) => {
    const request = httpsRequest(url, { ...tlsOf(adminPair), agent: false }, (response) => {
      response.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
        request.destroy();
      });
    });
    request.on('error', reject);
    request.end();
  });
  assert.equal(first, '{"type":"ADDED"}\n');
});

test('a connection that leaves HTTP is joined with that of the extension', async () => {
  const headers = { connection: 'Upgrade', upgrade: 'echo' };
  const said = await new Promise<string>((resolve, reject) => {
    const request = httpsRequest(`${server.url}${flunders}/namespaces/default/flunders/x/echo`, {
      ...tlsOf(adminPair),
      agent: false,
      headers,
    });
    request.on('error', reject);
    request.on('upgrade', (_response, socket) => {
      socket.on('data', (chunk: Buffer) => {
        resolve(chunk.toString());
        socket.destroy();
      });
      socket.write('hello');
    });
    request.end();
  });
  assert.equal(said, 'you said hello');
});

test('a certificate of another authority is not trusted, unless verification is off', async () => {
  const path = `${services}/v1alpha1.wardle.example.com`;
  const patch = (spec: Loose) =>
    server.call(path, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ spec }),
    });
  assert.equal((await patch({ caBundle: null })).code, 200);
  await until(async () => (await available())?.reason === 'FailedDiscoveryCheck');
  assert.equal((await patch({ insecureSkipTLSVerify: true })).code, 200);
  await until(async () => (await available())?.status === 'True');
});

test('what is wrong with an APIService', async () => {
  const bad = apiService({ groupPriorityMinimum: 0, versionPriority: 1_001, insecureSkipTLSVerify: true });
  const { code, json } = await server.call(services, { method: 'POST', body: { ...bad, metadata: { name: 'x' } } });
  assert.equal(code, 422);
  assert.deepEqual(
    json.details.causes.map(({ field }: Loose) => field),
    ['metadata.name', 'spec.groupPriorityMinimum', 'spec.versionPriority', 'spec.insecureSkipTLSVerify'],
  );
});
