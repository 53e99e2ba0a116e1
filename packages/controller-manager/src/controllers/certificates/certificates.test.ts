import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type CertificateSigningRequest, kinds } from '@flotilla/api';
import type { ApiClient } from '@flotilla/client';
import { eventually } from '@flotilla/client/testing';
import { Authority } from '@flotilla/pki';
import { type RunningControllers, startControllers } from '../../testing/running-controllers.js';
import { certificateApprovingController } from './approving.js';
import { isOutdated } from './cleaner.js';
import type { Request } from './requests.js';
import { type Asked, apiServerClient, kubeletClient, kubeletServing, signerRules } from './signer-rules.js';
import { certificateSigningController, validity } from './signing.js';

const folder = mkdtempSync(join(tmpdir(), 'flotilla-signing-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function requestFor(subject: string): string {
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(folder, 'x.key')];
  return execFileSync('openssl', ['req', '-new', ...newKey, '-subj', subject], { encoding: 'utf8', stdio: 'pipe' });
}

describe('requests to the signers of Kubernetes', () => {
  const node: Asked = {
    ...{ commonName: 'system:node:n', organizations: ['system:nodes'] },
    ...{ dnsNames: [], addresses: [], emails: [], urls: [] },
  };
  const client = ['client auth', 'digital signature'];
  const server = ['server auth', 'digital signature'];
  const rows: readonly (readonly [string, Partial<Asked>, readonly string[], string | undefined])[] = [
    [apiServerClient, { organizations: ['any'] }, ['client auth'], undefined],
    [apiServerClient, {}, ['client auth', 'key encipherment'], undefined],
    [apiServerClient, {}, ['digital signature'], 'missing required usage for client certificate: client auth'],
    [apiServerClient, {}, ['client auth', 'server auth'], 'invalid usage for client certificate: server auth'],
    [kubeletClient, {}, client, undefined],
    [kubeletClient, {}, [...client, 'key encipherment'], undefined],
    [kubeletClient, {}, server, 'usages did not match [client auth digital signature key encipherment]'],
    [kubeletClient, { organizations: ['system:nodes', 'x'] }, client, 'subject organization is not system:nodes'],
    [kubeletClient, { commonName: 'n' }, client, 'subject common name does not begin with system:node:'],
    [kubeletClient, { dnsNames: ['n'] }, client, 'DNS subjectAltNames are not allowed'],
    [kubeletClient, { addresses: ['10.0.0.1'] }, client, 'IP subjectAltNames are not allowed'],
    [kubeletServing, { dnsNames: ['n'] }, server, undefined],
    [kubeletServing, { addresses: ['10.0.0.1'] }, server, undefined],
    [kubeletServing, {}, server, 'DNS or IP subjectAltName is required'],
    [kubeletServing, { dnsNames: ['n'], urls: ['u:x'] }, server, 'URI subjectAltNames are not allowed'],
    [kubeletServing, { dnsNames: ['n'], emails: ['a@b.c'] }, server, 'Email subjectAltNames are not allowed'],
    [kubeletServing, { dnsNames: ['n'] }, client, 'usages did not match [digital signature key encipherment server auth]'],
  ];
  for (const [signer, asked, usages, problem] of rows) {
    test(`${signer} ${JSON.stringify(asked)} for ${usages.join(', ')}`, () => {
      assert.equal(signerRules[signer]?.({ ...node, ...asked }, usages), problem);
    });
  }
});

test('certificates are valid for as long as was asked for, within limits', () => {
  const minutes = (ms: number) => ms / 60_000;
  const of = (seconds: number | undefined, usualMs = 86_400_000) => {
    const { notBeforeMs, notAfterMs } = validity(seconds, usualMs, 0);
    return [minutes(notBeforeMs), minutes(notAfterMs)];
  };
  assert.deepEqual(of(undefined), [-5, 24 * 60 - 5]);
  assert.deepEqual(of(3_600), [-5, 60]);
  assert.deepEqual(of(60), [-5, 10]);
  assert.deepEqual(of(864_000), [-5, 24 * 60 - 5]);
});

test('requests go when nobody looks at them any more', () => {
  const nowMs = Date.parse('2026-01-02T00:00:00Z');
  const request = (status?: CertificateSigningRequest['status'], creationTimestamp = '2026-01-01T12:00:00Z') =>
    ({ metadata: { name: 'r', uid: 'r', resourceVersion: '1', creationTimestamp }, status }) as Request;
  const condition = (type: string, lastUpdateTime: string) => ({ conditions: [{ type, status: 'True', lastUpdateTime }] });
  const [old, young] = ['2026-01-01T22:59:00Z', '2026-01-01T23:01:00Z'];
  for (const type of ['Approved', 'Denied', 'Failed']) {
    assert.equal(isOutdated(request(condition(type, old)), nowMs), true, type);
    assert.equal(isOutdated(request(condition(type, young)), nowMs), false, type);
  }
  assert.equal(isOutdated(request(), nowMs), false);
  assert.equal(isOutdated(request(undefined, '2025-12-31T23:00:00Z'), nowMs), true);
  const garbage = { ...condition('Approved', young), certificate: 'AAAA' };
  assert.equal(isOutdated(request(garbage), nowMs), false);
});

describe('certificate requests, on one API server', () => {
  let client: ApiClient;
  let running: RunningControllers;
  const signing = { certFile: join(folder, 'ca.crt'), keyFile: join(folder, 'ca.key'), durationMs: 86_400_000 };
  let caCert: X509Certificate;

  before(async () => {
    const { pair } = await Authority.create('authority', 10, Date.now());
    writeFileSync(signing.certFile, pair.cert);
    writeFileSync(signing.keyFile, pair.key);
    caCert = new X509Certificate(pair.cert);
  });
  beforeEach(async () => {
    const controllers = [certificateSigningController, certificateApprovingController];
    running = await startControllers(controllers, { settings: { signing } });
    ({ client } = running);
  });
  afterEach(() => running.stop());

  const requests = () => client.resource(kinds.certificateSigningRequests);
  const ask = (name: string, subject: string, signerName: string, usages: readonly string[]) =>
    requests().create({
      ...{ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name } },
      spec: { request: Buffer.from(requestFor(subject)).toString('base64'), signerName, usages },
    });
  const decide = async (name: string, type: string) => {
    const condition = { type, status: 'True', reason: 'Test', message: '', lastUpdateTime: new Date().toISOString() };
    await requests().patchStatus(name, { status: { conditions: [condition] } }, { type: 'merge' });
  };
  const certificateOf = async (name: string) => (await requests().get(name)).status?.certificate;

  test('are signed when they are approved', async () => {
    await ask('jane', '/O=sailors/CN=jane', apiServerClient, ['client auth']);
    await ask('waiting', '/CN=waiting', apiServerClient, ['client auth']);
    await decide('jane', 'Approved');
    await eventually('issued', async () => (await certificateOf('jane')) !== undefined);
    const issued = new X509Certificate(Buffer.from((await certificateOf('jane')) ?? '', 'base64'));
    assert.ok(issued.verify(caCert.publicKey));
    assert.equal(issued.subject, 'O=sailors\nCN=jane');
    assert.deepEqual(issued.keyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.equal(await certificateOf('waiting'), undefined);
  });

  test('are refused when their signer would not have signed them so', async () => {
    await ask('server', '/CN=server', apiServerClient, ['server auth']);
    await ask('others', '/CN=others', 'example.com/signer', ['client auth']);
    for (const name of ['server', 'others']) await decide(name, 'Approved');
    const failed = async () => (await requests().get('server')).status?.conditions?.find(({ type }) => type === 'Failed');
    await eventually('refused', async () => (await failed()) !== undefined);
    const { reason, message } = (await failed()) ?? {};
    assert.deepEqual([reason, message], ['SignerValidationFailure', 'invalid usage for client certificate: server auth']);
    assert.deepEqual([await certificateOf('server'), await certificateOf('others')], [undefined, undefined]);
  });
});
