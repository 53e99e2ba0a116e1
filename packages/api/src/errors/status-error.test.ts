import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicate, forbidden, invalid, notFound, notSupported, required, tooLong, tooMany } from './field-error.js';
import { hasReason, type StatusError, statusErrorFrom, statusErrors } from './status-error.js';

const pods = { group: '', resource: 'pods' };
const deployments = { group: 'apps', resource: 'deployments' };

const cases: readonly [StatusError, number, string, string, object | undefined][] = [
  [statusErrors.notFound(pods, 'x'), 404, 'NotFound', 'pods "x" not found', { name: 'x', kind: 'pods' }],
  [
    statusErrors.alreadyExists(deployments, 'x'),
    409,
    'AlreadyExists',
    'deployments.apps "x" already exists',
    { name: 'x', group: 'apps', kind: 'deployments' },
  ],
  [
    statusErrors.conflict(pods, 'x'),
    409,
    'Conflict',
    'Operation cannot be fulfilled on pods "x": the object has been modified; please apply your changes to the latest version and try again',
    { name: 'x', kind: 'pods' },
  ],
  [statusErrors.badRequest('no'), 400, 'BadRequest', 'no', undefined],
  [statusErrors.forbidden(pods, 'x', 'no'), 403, 'Forbidden', 'pods "x" is forbidden: no', { name: 'x', kind: 'pods' }],
  [
    statusErrors.forbidden(deployments, '', 'no'),
    403,
    'Forbidden',
    'deployments.apps is forbidden: no',
    { group: 'apps', kind: 'deployments' },
  ],
  [statusErrors.forbidden(undefined, '', 'no'), 403, 'Forbidden', 'forbidden: no', {}],
  [statusErrors.unauthorized(), 401, 'Unauthorized', 'Unauthorized', undefined],
  [statusErrors.expired('too old'), 410, 'Expired', 'too old', undefined],
  [statusErrors.tooManyRequests('wait', 1), 429, 'TooManyRequests', 'wait', { retryAfterSeconds: 1 }],
  [
    statusErrors.methodNotAllowed(pods, 'patch'),
    405,
    'MethodNotAllowed',
    'patch is not supported on resources of kind "pods"',
    { kind: 'pods' },
  ],
  [statusErrors.internalError('boom'), 500, 'InternalError', 'Internal error occurred: boom', { causes: [{ message: 'boom' }] }],
  [statusErrors.timeout('slow'), 504, 'Timeout', 'Timeout: slow', {}],
  [
    statusErrors.serverTimeout(pods, 'list', 2),
    500,
    'ServerTimeout',
    'The list operation against pods could not be completed at this time, please try again.',
    { kind: 'pods', retryAfterSeconds: 2 },
  ],
  [
    statusErrors.notAcceptable(['a/b', 'c/d']),
    406,
    'NotAcceptable',
    'only the following media types are accepted: a/b, c/d',
    undefined,
  ],
];

for (const [error, code, reason, message, details] of cases) {
  test(`${reason}: ${message}`, () => {
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details ? { details } : {}),
      code,
    };
    assert.deepEqual(error.status, status);
    assert.deepEqual(statusErrorFrom(error.status).status, status, 'it survives the wire');
  });
}

test('an invalid object has a cause for every mistake, and a message with all of them', () => {
  const one = statusErrors.invalid({ group: '', kind: 'Pod' }, 'x', [required('spec.containers')]);
  assert.equal(one.message, 'Pod "x" is invalid: spec.containers: Required value');
  const errors = [
    invalid('spec.replicas', -1, 'must be greater than or equal to 0'),
    duplicate('spec.ports[1].name', 'web'),
    notSupported('spec.type', 'X', ['A', 'B']),
    forbidden('spec', 'no'),
    notFound('spec.name', 'v'),
    tooLong('data', 3),
    tooMany('endpoints', 4, 1),
  ];
  const many = statusErrors.invalid({ group: 'apps', kind: 'Deployment' }, 'x', errors);
  assert.equal(
    many.message,
    'Deployment.apps "x" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.ports[1].name: Duplicate value: "web", spec.type: Unsupported value: "X": supported values: "A", "B", spec: Forbidden: no, spec.name: Not found: "v", data: Too long: may not be more than 3 bytes, endpoints: Too many: 4: must have at most 1 item]',
  );
  assert.equal(many.code, 422);
  assert.deepEqual(many.details?.causes?.[0], {
    reason: 'FieldValueInvalid',
    message: 'Invalid value: -1: must be greater than or equal to 0',
    field: 'spec.replicas',
  });
  assert.equal(many.details?.kind, 'Deployment');
});

test('reasons are told apart', () => {
  const error: unknown = statusErrors.notFound(pods, 'x');
  assert.equal(hasReason(error, 'NotFound'), true);
  assert.equal(hasReason(error, 'Conflict', 'AlreadyExists'), false);
  assert.equal(hasReason(new Error('x'), 'NotFound'), false);
});
