import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ManualClock } from '@flotilla/base';
import { ConfigError } from '@flotilla/process';
import { Command } from 'commander';
import { configMap, TestServer } from '../testing/api-servers.js';
import { until } from '../testing/custom-resources.js';
import { testFile } from '../testing/files.js';
import type { Loose } from '../testing/registries.js';
import { WebhookServer } from '../testing/webhook-server.js';
import { type AuditFlags, addAuditFlags, checkAuditFlags } from './flags.js';
import { LogFile } from './log-file.js';

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
rules: [{ level: RequestResponse, resources: [{ group: "", resources: [configmaps] }], verbs: [create] }]
`;
const configMaps = '/api/v1/namespaces/default/configmaps';
/** Whatever is written to it finds no room. */
const full = '/dev/full';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-audit-modes-'));
let hook: WebhookServer;
before(async () => {
  hook = await WebhookServer.start();
});
after(async () => {
  await hook.close();
  rmSync(folder, { recursive: true });
});

/** A server that records what is done to config maps; `use` may do it. */
async function recording(flags: readonly string[], use: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await TestServer.start(`--audit-policy-file=${testFile('modes.yaml', policy)}`, ...flags);
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

const create = (server: TestServer, name: string, data = {}) =>
  server.call(configMaps, { method: 'POST', body: configMap(name, data), headers: { 'content-type': 'application/json' } });
const metric = async (server: TestServer, line: string) => (await server.call('/metrics')).text.split('\n').includes(line);
const eventsIn = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Loose => JSON.parse(line));

describe('a log that cannot be written', () => {
  test('lets nothing happen in mode blocking-strict', () =>
    recording([`--audit-log-path=${full}`, '--audit-log-mode=blocking-strict'], async (server) => {
      const { code, text } = await create(server, 'unrecorded');
      assert.equal(code, 500);
      assert.equal(text, `Internal Server Error: "${configMaps}": failed to store audit event\n`);
      assert.ok(await metric(server, 'apiserver_audit_requests_rejected_total 1'));
      assert.ok(await metric(server, 'apiserver_audit_error_total{plugin="log"} 1'), 'of the refusal nothing is recorded');
      assert.equal((await server.call('/api/v1/namespaces/default/secrets')).code, 200, 'what need not be recorded is done');
    }));

  test('loses events in mode blocking', () =>
    recording([`--audit-log-path=${full}`], async (server) => {
      assert.equal((await create(server, 'lost')).code, 201);
      await until(() => metric(server, 'apiserver_audit_error_total{plugin="log"} 2'));
      assert.ok(await metric(server, 'apiserver_audit_requests_rejected_total 0'));
    }));
});

test('in mode batch a log is written later, and when the server stops', async () => {
  const path = join(folder, 'batch.log');
  const batch = ['--audit-log-mode=batch', '--audit-log-batch-max-size=3', '--audit-log-batch-max-wait=1h'];
  await recording([`--audit-log-path=${path}`, ...batch], async (server) => {
    await create(server, 'one');
    assert.deepEqual(eventsIn(path), []);
    await create(server, 'two');
    await until(async () => eventsIn(path).length === 3);
  });
  assert.equal(eventsIn(path).length, 4);
});

describe('a webhook that is waited for', () => {
  const webhookFlags = (mode: string) => [
    `--audit-webhook-config-file=${testFile('modes.kubeconfig', kubeconfigText())}`,
    `--audit-webhook-mode=${mode}`,
    '--audit-webhook-initial-backoff=1ms',
  ];

  test('hears of a request before it is done', () =>
    recording(webhookFlags('blocking'), async (server) => {
      const codes: Loose = {};
      hook.reset(async ({ items }) => {
        codes[items[0].stage] = (await server.call(`${configMaps}/heard`)).code;
        return '200 {}';
      });
      assert.equal((await create(server, 'heard')).code, 201);
      await until(async () => codes.ResponseComplete !== undefined);
      assert.deepEqual(codes, { RequestReceived: 404, ResponseComplete: 200 });
    }));

  test('holds nothing up by its failures in mode blocking', () =>
    recording(webhookFlags('blocking'), async (server) => {
      hook.reset(() => '500 broken');
      assert.equal((await create(server, 'lost')).code, 201);
      await until(() => metric(server, 'apiserver_audit_error_total{plugin="webhook"} 2'));
    }));

  test('lets nothing happen by its failures in mode blocking-strict', () =>
    recording(webhookFlags('blocking-strict'), async (server) => {
      hook.reset(() => '500 broken');
      assert.equal((await create(server, 'unheard')).code, 500);
      hook.reset(() => '200 {}');
      assert.equal((await create(server, 'unheard')).code, 201);
    }));
});

test('too large events lose their objects, and are lost when that is not enough', async () => {
  const path = join(folder, 'truncated.log');
  const limit = ['--audit-log-truncate-enabled', '--audit-log-truncate-max-event-size=1500'];
  await recording([`--audit-log-path=${path}`, ...limit], async (server) => {
    await create(server, 'small', { k: 'v' });
    await create(server, 'large', { k: 'v'.repeat(2_000) });
    const headers = { 'content-type': 'application/json', 'user-agent': 'u'.repeat(2_000) };
    await server.call(configMaps, { method: 'POST', body: configMap('hopeless'), headers });
    await until(() => metric(server, 'apiserver_audit_error_total{plugin="truncate"} 2'));
  });
  const complete = eventsIn(path).filter(({ stage }) => stage === 'ResponseComplete');
  assert.deepEqual(
    complete.map(({ objectRef, requestObject, responseObject, annotations }) => [
      objectRef.name,
      requestObject !== undefined,
      responseObject !== undefined,
      annotations['audit.k8s.io/truncated'],
    ]),
    [
      ['small', true, true, undefined],
      ['large', false, false, 'true'],
    ],
  );
});

test('files that were set aside are compressed', async () => {
  const own = join(folder, 'compressed');
  const clock = new ManualClock();
  const options = { path: join(own, 'a.log'), bytesMax: 30, backupsMax: 2, ageMaxMs: 0, compress: true, clock };
  const log = new LogFile(options, (error) => assert.fail(String(error)));
  for (let i = 0; i < 3; i++) {
    clock.advance(1_000);
    log.write(`line ${i} of twenty bytes`);
    log.flush();
  }
  await log.close();
  const backups = readdirSync(own).filter((name) => name.endsWith('.log.gz'));
  const texts = backups.sort().map((name) => gunzipSync(readFileSync(join(own, name))).toString());
  assert.deepEqual(texts, ['line 0 of twenty bytes\n', 'line 1 of twenty bytes\n']);
  assert.equal(readdirSync(own).length, 3);
});

const badFlags: readonly (readonly [string, string])[] = [
  ['--audit-log-mode=never', 'invalid audit log mode never, allowed modes are "batch,blocking,blocking-strict"'],
  ['--audit-webhook-mode=never', 'invalid audit webhook mode never, allowed modes are "batch,blocking,blocking-strict"'],
  ['--audit-log-format=xml', 'invalid audit log format xml, allowed formats are "legacy,json"'],
  ['--audit-log-version=audit.k8s.io/v1beta1', 'invalid group version, allowed versions are ["audit.k8s.io/v1"]'],
  ['--audit-webhook-batch-max-size=0', 'invalid audit batch webhook max batch size 0, must be a positive number'],
  ['--audit-webhook-batch-throttle-qps=0', 'invalid audit batch webhook throttle QPS 0, must be a positive number'],
  ['--audit-log-truncate-max-event-size=0', 'invalid audit truncate log max event size 0, must be a positive number'],
  [
    '--audit-log-truncate-max-batch-size=9',
    'invalid audit truncate log max batch size 9, must be greater than max event size (102400)',
  ],
];
for (const [flag, message] of badFlags) {
  test(`${flag} is refused`, () =>
    assert.throws(() => checkAuditFlags(parsed(flag, '--audit-log-path=x')), new ConfigError(message)));
}

test('flags of a backend that is not there, or not in that mode, are not looked at', () => {
  checkAuditFlags(parsed('--audit-log-batch-max-size=0', '--audit-log-path=x'));
  const command = new Command();
  addAuditFlags(command);
  command.parse(['--audit-log-mode=never', '--audit-webhook-mode=never'], { from: 'user' });
  checkAuditFlags(command.opts());
  assert.equal(command.opts()['auditWebhookBatchThrottleQps'], 10);
});

function parsed(...flags: readonly string[]): AuditFlags {
  const command = new Command();
  addAuditFlags(command);
  command.parse([...flags, '--audit-webhook-config-file=x'], { from: 'user' });
  return command.opts<AuditFlags>();
}

function kubeconfigText(): string {
  const { url, caBundle } = hook.client('/audit') as { readonly url: string; readonly caBundle: string };
  return JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'x' },
    clusters: [{ name: 'c', cluster: { server: url, 'certificate-authority-data': caBundle } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  });
}
