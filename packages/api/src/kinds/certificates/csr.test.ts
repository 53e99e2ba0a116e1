import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint, created, now, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const csrs = kinds.certificateSigningRequests;
const request = Buffer.from('-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n').toString('base64');
const body = (members: object = {}) => ({
  spec: { request, signerName: 'example.com/client', usages: ['client auth'], ...members },
});
const approved = { type: 'Approved', status: 'True', reason: 'r' };
const denied = { type: 'Denied', status: 'True' };
const timed = { lastUpdateTime: now, lastTransitionTime: now };
const status = (...conditions: object[]) => ({ status: { conditions } });

const specs: readonly [string, object, string][] = [
  ['fine', body(), ''],
  ['no request', body({ request: 'eA==' }), 'spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST'],
  ['no usages', body({ usages: [] }), 'spec.usages: Required value'],
  ['a usage twice', body({ usages: ['signing', 'signing'] }), 'spec.usages[1]: Duplicate value: "signing"'],
  [
    'a short life',
    body({ expirationSeconds: 5 }),
    'spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)',
  ],
  ['no signer', body({ signerName: '' }), 'spec.signerName: Required value'],
  [
    'a signer of no domain',
    body({ signerName: 'client' }),
    'spec.signerName: Invalid value: "client": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
  ],
  [
    'a signer of a bare domain',
    body({ signerName: 'example/client' }),
    'spec.signerName: Invalid value: "example": should be a domain with at least two segments separated by dots',
  ],
  [
    'the signer of old',
    body({ signerName: 'kubernetes.io/legacy-unknown' }),
    'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
  ],
];

for (const [name, object, wanted] of specs)
  test(`a signing request, ${name}`, () => assert.equal(complaint(csrs, object), wanted));

test('only /approval decides, and what is decided stays', () => {
  const old = created(csrs, body());
  const decided = updated(csrs, old, status(approved), 'approval');
  assert.deepEqual(Reflect.get(decided, 'status').conditions, [{ ...approved, ...timed }]);
  const refused = (path: string, ...conditions: object[]) => complaint(csrs, body(), status(...conditions), path);
  assert.equal(refused('status', approved), 'status.conditions: Forbidden: updates may not add a condition of type "Approved"');
  assert.equal(refused('main', approved), '', 'the main resource keeps the status');
  assert.equal(
    refused('approval', approved, denied),
    'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  );
  assert.equal(
    refused('approval', { ...approved, status: 'False' }),
    'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
  );
  assert.throws(() => updated(csrs, decided, status(), 'approval'), /may not remove a condition of type "Approved"/);
  const failed = { type: 'Failed', status: 'True' };
  const signed = updated(csrs, decided, status(failed, { ...approved, reason: 'x' }), 'status');
  assert.deepEqual(Reflect.get(signed, 'status').conditions, [
    { ...failed, ...timed },
    { ...approved, ...timed },
  ]);
});

test('only /status issues a certificate, and only once', () => {
  const decided = updated(csrs, created(csrs, body()), status(approved), 'approval');
  const issue = (certificate: string) => ({ status: { conditions: [approved], certificate } });
  const issued = updated(csrs, decided, issue('eA=='), 'status');
  assert.equal(Reflect.get(issued, 'status').certificate, 'eA==');
  assert.throws(() => updated(csrs, issued, issue('eQ=='), 'status'), /updates may not modify existing certificate content/);
  const again = updated(csrs, issued, issue('eQ=='), 'approval');
  assert.equal(Reflect.get(again, 'status').certificate, 'eA==', '/approval keeps what was issued');
});

test('conditions have the times that the client gives them, and keep those of what does not change', () => {
  const [early, late] = ['2025-01-01T00:00:00Z', '2025-02-02T00:00:00Z'];
  const old = created(csrs, body());
  const failed = { type: 'Failed', status: 'True' };
  const given = updated(csrs, old, status({ ...failed, lastUpdateTime: early, lastTransitionTime: late }), 'status');
  assert.deepEqual(Reflect.get(given, 'status').conditions, [{ ...failed, lastUpdateTime: early, lastTransitionTime: late }]);
  const again = updated(csrs, given, status({ ...failed, message: 'm' }), 'status');
  assert.deepEqual(Reflect.get(again, 'status').conditions, [
    { ...failed, message: 'm', lastUpdateTime: now, lastTransitionTime: late },
  ]);
});
