import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { TestAuthority } from '@flotilla/process/testing';
import { expiredAuthorityGraceMs } from '../limits.js';
import { combineAuthenticationInfo } from './combine-authentication-info.js';

const [one, two] = [new TestAuthority('one').pair.cert, new TestAuthority('two').pair.cert];
const nowMs = Date.now();
const proxy = (ca: string, name: string) => ({
  'requestheader-username-headers': '["X-Remote-User"]',
  'requestheader-uid-headers': '[]',
  'requestheader-group-headers': '["X-Remote-Group"]',
  'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  'requestheader-client-ca-file': ca,
  'requestheader-allowed-names': JSON.stringify([name]),
});

test('what two servers say is combined, each thing once', () => {
  const existing = { 'client-ca-file': one, ...proxy(one, 'a') };
  assert.deepEqual(combineAuthenticationInfo({}, existing, nowMs), existing);
  assert.deepEqual(combineAuthenticationInfo(existing, existing, nowMs), existing);
  assert.deepEqual(combineAuthenticationInfo(existing, {}, nowMs), existing);
  assert.deepEqual(combineAuthenticationInfo(existing, { 'client-ca-file': two + one, ...proxy(two, 'b') }, nowMs), {
    ...{ 'client-ca-file': one + two, ...proxy(one + two, 'a') },
    'requestheader-allowed-names': '["a","b"]',
  });
});

test('an authority that has expired goes, a while later; headers without one mean nothing', () => {
  const { validTo } = new X509Certificate(one);
  const existing = { 'client-ca-file': one, ...proxy(one, 'a') };
  const goneMs = Date.parse(validTo) + expiredAuthorityGraceMs;
  assert.deepEqual(combineAuthenticationInfo(existing, {}, goneMs - 1), existing);
  assert.deepEqual(combineAuthenticationInfo(existing, {}, goneMs), {});
});

test('what cannot be read is as good as absent', () => {
  const spoilt = '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n';
  const existing = { 'client-ca-file': spoilt, ...proxy(one, 'a'), 'requestheader-group-headers': '{', other: 'x' };
  const own = { 'client-ca-file': `by hand\n${two}`, ...proxy(one, 'a') };
  assert.deepEqual(combineAuthenticationInfo(existing, own, nowMs), { 'client-ca-file': two, ...proxy(one, 'a') });
});
