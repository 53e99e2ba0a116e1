import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../../http/exchange.js';
import { clientCertificateAuthenticator } from './index.js';

test('a certificate that ends during its connection is good no more', () => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const remaining: number[] = [];
  const certificate = { subject: { CN: 'jane', O: 'sailors' }, valid_to: 'Jan  1 00:01:00 2026 GMT', fingerprint256: 'AA' };
  const socket = { authorized: true, getPeerCertificate: () => certificate };
  const authenticator = clientCertificateAuthenticator(
    () => true,
    { wallMs: () => nowMs },
    (seconds) => remaining.push(seconds),
  );
  const exchange = { request: { socket } as unknown as Exchange['request'] } as Exchange;
  const ask = () => authenticator.authenticate(exchange) as { readonly username: string } | undefined;
  assert.equal(ask()?.username, 'jane');
  nowMs += 60_000;
  assert.equal(ask()?.username, 'jane');
  nowMs += 1;
  assert.throws(ask, /Unauthorized/);
  assert.deepEqual(remaining, [60, 0, -0.001]);
});
