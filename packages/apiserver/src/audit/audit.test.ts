import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ManualClock } from '@flotilla/base';
import { configMap, TestServer, tlsOf } from '../testing/api-servers.js';
import { adminPair } from '../testing/certificates.js';
import { testFile } from '../testing/files.js';
import type { Loose } from '../testing/registries.js';
import { LogFile } from './log-file.js';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-audit-'));
const path = join(folder, 'audit.log');
const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitManagedFields: true
rules:
  - { level: None, users: ["system:apiserver"] }
  - { level: RequestResponse, resources: [{ group: "", resources: [configmaps] }] }
  - { level: Metadata, omitStages: [RequestReceived] }
`;
let server: TestServer;
before(async () => {
  server = await TestServer.start(`--audit-policy-file=${testFile('audit.yaml', policy)}`, `--audit-log-path=${path}`);
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const configMaps = '/api/v1/namespaces/default/configmaps';

/** What was recorded of one request, once it is all there. */
async function events(id: string, count: number): Promise<readonly Loose[]> {
  for (;;) {
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const found = lines.map((line): Loose => JSON.parse(line)).filter(({ auditID }) => auditID === id);
    if (found.length >= count) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a write is recorded with what was sent and what came of it', async () => {
  const body = configMap('recorded', { k: 'v' });
  const headers = {
    'audit-id': 'write-1',
    'user-agent': 'tester/1',
    'x-forwarded-for': '10.1.1.1, 10.1.1.2',
    'content-type': 'application/json',
  };
  const reply = await server.call(configMaps, { method: 'POST', body, headers });
  assert.equal(reply.headers['audit-id'], 'write-1');
  const [received, complete] = await events('write-1', 2);
  assert.deepEqual([received.stage, received.responseStatus, received.annotations], ['RequestReceived', undefined, undefined]);
  const { requestReceivedTimestamp, stageTimestamp, responseObject, user, ...rest } = complete;
  assert.deepEqual(rest, {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: 'write-1',
    stage: 'ResponseComplete',
    requestURI: configMaps,
    verb: 'create',
    sourceIPs: ['10.1.1.1', '10.1.1.2', '127.0.0.1'],
    userAgent: 'tester/1',
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'recorded', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    requestObject: body,
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  });
  assert.deepEqual([user.username, user.groups], ['kubernetes-admin', ['system:masters', 'system:authenticated']]);
  assert.equal(responseObject.metadata.uid, reply.json.metadata.uid);
  assert.equal(responseObject.metadata.managedFields, undefined);
  assert.match(requestReceivedTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(requestReceivedTimestamp <= stageTimestamp);
});

test('a list is recorded as it was answered', async () => {
  await server.call(configMaps, { headers: { 'audit-id': 'list-1' } });
  const [, complete] = await events('list-1', 2);
  assert.equal(complete.responseObject.kind, 'ConfigMapList');
  assert.deepEqual(complete.objectRef, { resource: 'configmaps', namespace: 'default', apiVersion: 'v1' });
});

test('what was refused is recorded with the reason, under both names', async () => {
  const headers = { 'audit-id': 'refused-1', 'impersonate-user': 'zoe' };
  await server.call('/api/v1/namespaces/default/secrets/x', { headers });
  const [complete] = await events('refused-1', 1);
  assert.equal(complete.impersonatedUser.username, 'zoe');
  assert.equal(complete.user.username, 'kubernetes-admin');
  assert.equal(complete.annotations['authorization.k8s.io/decision'], 'forbid');
  assert.deepEqual(
    [complete.responseStatus.code, complete.responseStatus.reason, complete.responseStatus.status],
    [403, 'Forbidden', 'Failure'],
  );
  assert.equal(complete.requestObject, undefined);
});

test('a credential that is not valid is recorded', async () => {
  await server.call('/api/v1/pods', { as: null, headers: { 'audit-id': 'forged-1', authorization: 'Bearer forged' } });
  const [event] = await events('forged-1', 1);
  assert.deepEqual([event.stage, event.user, event.responseStatus.code], ['ResponseStarted', {}, 401]);
});

test('a watch is recorded when it starts and when it ends', async () => {
  const headers = { 'audit-id': 'watch-1' };
  const request = httpsRequest(`${server.url}/api/v1/namespaces/default/secrets?watch=1`, {
    ...tlsOf(adminPair),
    agent: false,
    headers,
  });
  request.end();
  request.on('error', () => undefined);
  request.on('response', (response) => response.on('error', () => undefined).resume());
  const [started] = await events('watch-1', 1);
  assert.deepEqual([started.stage, started.verb, started.responseStatus.code], ['ResponseStarted', 'watch', 200]);
  request.destroy();
  const [, complete] = await events('watch-1', 2);
  assert.equal(complete.stage, 'ResponseComplete');
});

test('the legacy format is one line of text', async () => {
  const legacy = join(folder, 'legacy.log');
  const own = await TestServer.start(
    `--audit-policy-file=${testFile('audit.yaml', policy)}`,
    `--audit-log-path=${legacy}`,
    '--audit-log-format=legacy',
  );
  await own.call('/version', { headers: { 'audit-id': 'l', 'user-agent': 'u' } });
  await own.close();
  const line = readFileSync(legacy, 'utf8')
    .split('\n')
    .find((text) => text.includes('id="l"'));
  assert.match(
    line ?? '',
    /^\S+Z AUDIT: id="l" stage="ResponseComplete" ip="127.0.0.1" method="get" user="kubernetes-admin" groups="\\"system:masters\\",\\"system:authenticated\\"" as="<self>" asgroups="<lookup>" user-agent="u" namespace="<none>" uri="\/version" response="200"$/,
  );
});

test('the log is set aside when it is large; old ones go by number and by age', () => {
  const clock = new ManualClock();
  const rotated = join(folder, 'rotated');
  const options = { path: join(rotated, 'a.log'), bytesMax: 30, backupsMax: 2, ageMaxMs: 10_000, compress: false, clock };
  const log = new LogFile(options, (error) => assert.fail(String(error)));
  const files = () => readdirSync(rotated).length;
  const write = (text: string) => {
    clock.advance(1_000);
    log.write(text);
    log.flush();
  };
  write('twelve bytes');
  write('twelve bytes');
  assert.equal(files(), 1);
  for (let i = 0; i < 6; i++) write(`line ${i} of twenty bytes`);
  assert.equal(files(), 3, 'the file and two backups');
  assert.equal(readFileSync(options.path, 'utf8'), 'line 5 of twenty bytes\n');
  clock.advance(20_000);
  write('the last of them, long after');
  assert.equal(files(), 2, 'the file and the one that was set aside just now');
  return log.close();
});
