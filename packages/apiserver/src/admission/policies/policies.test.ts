import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { TestServer } from '../../testing/api-servers.js';
import { configMap, type Loose } from '../../testing/registries.js';

const base = '/apis/admissionregistration.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';
const rule = { operations: ['CREATE', 'UPDATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };

describe('ValidatingAdmissionPolicy', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  const post = (path: string, body: unknown) => server.call(path, { method: 'POST', body });

  /** Runs with one policy and one binding in force. */
  async function withPolicy(spec: object, binding: object, run: () => Promise<void>): Promise<void> {
    const policy = { matchConstraints: { resourceRules: [rule] }, ...spec };
    const bound = { policyName: 'p', validationActions: ['Deny'], ...binding };
    const created = await post(`${base}/validatingadmissionpolicies`, { metadata: { name: 'p' }, spec: policy });
    assert.equal(created.code, 201, created.text);
    const tied = await post(`${base}/validatingadmissionpolicybindings`, { metadata: { name: 'b' }, spec: bound });
    assert.equal(tied.code, 201, tied.text);
    await settled();
    try {
      await run();
    } finally {
      await server.call(`${base}/validatingadmissionpolicybindings/b`, { method: 'DELETE' });
      await server.call(`${base}/validatingadmissionpolicies/p`, { method: 'DELETE' });
      await settled();
    }
  }

  /** A list waits until the cache, which admission reads, knows of every write. */
  async function settled(): Promise<void> {
    for (const plural of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'])
      await server.call(`${base}/${plural}`);
  }

  const dryRun = (name: string, more: Loose = {}) => post(`${maps}?dryRun=All`, configMap(name, more));
  const refused = (message: string) =>
    `configmaps "x" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${message}`;

  const denials: readonly (readonly [string, object, number, string, string])[] = [
    [
      'its expression',
      { expression: " object.metadata.name != 'x' " },
      422,
      'Invalid',
      "failed expression: object.metadata.name != 'x'",
    ],
    ['its message', { expression: 'false', message: ' not so ' }, 422, 'Invalid', 'not so'],
    ['a reason', { expression: 'false', message: 'no', reason: 'Forbidden' }, 403, 'Forbidden', 'no'],
    ['size', { expression: 'false', message: 'no', reason: 'RequestEntityTooLarge' }, 413, 'RequestEntityTooLarge', 'no'],
    [
      'a message made for it',
      { expression: 'false', message: 'no', messageExpression: "object.metadata.name + '!'" },
      422,
      'Invalid',
      'x!',
    ],
    [
      'a message that fails',
      { expression: 'false', message: 'no', messageExpression: "object.nothing + ''" },
      422,
      'Invalid',
      'no',
    ],
    ['a message of two lines', { expression: 'false', message: 'no', messageExpression: "'a\\nb'" }, 422, 'Invalid', 'no'],
    [
      'an error',
      { expression: 'object.nothing == 1' },
      422,
      'Invalid',
      "expression 'object.nothing == 1' resulted in error: no such key: nothing",
    ],
    [
      'what costs too much',
      { expression: 'lists.range(900000).all(x, lists.range(900000).all(y, y >= 0))' },
      422,
      'Invalid',
      "expression 'lists.range(900000).all(x, lists.range(900000).all(y, y >= 0))' resulted in error: operation cancelled: actual cost limit exceeded",
    ],
  ];
  for (const [name, validation, code, reason, message] of denials) {
    test(`a denial tells ${name}`, async () => {
      await withPolicy({ validations: [validation] }, {}, async () => {
        const denied = await dryRun('x');
        assert.deepEqual([denied.code, denied.json.reason, denied.json.message], [code, reason, refused(message)]);
        const cause = `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${message}`;
        assert.deepEqual(denied.json.details, { name: 'x', kind: 'configmaps', causes: [{ message: cause }] });
      });
    });
  }

  const truths: readonly string[] = [
    "object.data.a == 'b' && oldObject == null && request.operation == 'CREATE'",
    "request.userInfo.username == 'kubernetes-admin' && request.resource.resource == 'configmaps' && request.dryRun",
    "namespaceObject.metadata.name == 'default' && namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'",
    "authorizer.group('').resource('pods').namespace('default').check('list').allowed()",
    "!authorizer.serviceAccount('default', 'nobody').group('').resource('pods').check('delete').allowed()",
    "authorizer.requestResource.check('create').allowed() && authorizer.path('/healthz').check('get').allowed()",
    'variables.keys == 1 && variables.more == 2',
    "request.options.fieldManager == 'policy-test'",
  ];
  for (const expression of truths) {
    test(`an expression knows: ${expression}`, async () => {
      const variables = [
        { name: 'keys', expression: 'size(object.data)' },
        { name: 'more', expression: 'variables.keys + 1' },
      ];
      await withPolicy({ variables, validations: [{ expression }] }, {}, async () => {
        const passed = await post(`${maps}?dryRun=All&fieldManager=policy-test`, configMap('x', { data: { a: 'b' } }));
        assert.equal(passed.code, 201, passed.text);
      });
    });
  }

  test('failures are ignored where the policy says so, denials are not', async () => {
    const failing = { failurePolicy: 'Ignore', validations: [{ expression: 'object.nothing == 1' }] };
    await withPolicy(failing, {}, async () => assert.equal((await dryRun('x')).code, 201));
    await withPolicy({ ...failing, validations: [{ expression: 'false' }] }, {}, async () =>
      assert.equal((await dryRun('x')).code, 422),
    );
  });

  test('a variable that fails takes with it what reads it', async () => {
    const variables = [{ name: 'v', expression: 'object.nothing' }];
    await withPolicy({ variables, validations: [{ expression: 'variables.v == 1' }] }, {}, async () => {
      const why = 'composited variable "v" fails to evaluate: no such key: nothing';
      assert.equal((await dryRun('x')).json.message, refused(`expression 'variables.v == 1' resulted in error: ${why}`));
    });
    await withPolicy({ variables, validations: [{ expression: 'true || variables.v == 1' }] }, {}, async () => {
      assert.equal((await dryRun('x')).code, 201);
    });
  });

  test('a policy without binding, and bindings and conditions that do not match, do nothing', async () => {
    const validations = [{ expression: 'false' }];
    await withPolicy({ validations }, { policyName: 'other' }, async () => assert.equal((await dryRun('x')).code, 201));
    const elsewhere: readonly (readonly [object, object])[] = [
      [{}, { matchResources: { namespaceSelector: { matchLabels: { a: 'b' } } } }],
      [{}, { matchResources: { resourceRules: [{ ...rule, resources: ['pods'] }] } }],
      [{}, { matchResources: { objectSelector: { matchLabels: { a: 'b' } } } }],
      [{ matchConstraints: { resourceRules: [{ ...rule, resourceNames: ['y'] }] } }, {}],
      [{ matchConstraints: { resourceRules: [rule], excludeResourceRules: [{ ...rule, operations: ['*'] }] } }, {}],
      [{ matchConditions: [{ name: 'c', expression: "object.metadata.name == 'y'" }] }, {}],
    ];
    for (const [spec, binding] of elsewhere) {
      await withPolicy({ validations, ...spec }, binding, async () => {
        const passed = await dryRun('x');
        assert.equal(passed.code, 201, JSON.stringify([spec, binding, passed.text]));
      });
    }
  });

  test('a binding can warn instead', async () => {
    await withPolicy(
      { validations: [{ expression: 'false', message: 'careful' }] },
      { validationActions: ['Warn', 'Audit'] },
      async () => {
        const warned = await dryRun('x');
        assert.equal(warned.code, 201);
        assert.equal(
          warned.headers['warning'],
          `299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': careful"`,
        );
      },
    );
  });

  test('parameters: by name, by label, and what happens when there are none', async () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [
        { expression: 'int(params.data.max) >= size(object.metadata.name)', messageExpression: "'at most ' + params.data.max" },
      ],
    };
    const ref = { parameterNotFoundAction: 'Deny' };
    const missing = 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction';
    await withPolicy(spec, { paramRef: { ...ref, name: 'limits' } }, async () => {
      assert.equal((await dryRun('x')).json.message, refused(missing));
      await post('/api/v1/namespaces', { metadata: { name: 'config' } });
    });
    await post(
      '/api/v1/namespaces/config/configmaps',
      configMap('limits', { metadata: { labels: { tier: 'one' } }, data: { max: '3' } }),
    );
    for (const by of [{ name: 'limits' }, { selector: { matchLabels: { tier: 'one' } } }]) {
      await withPolicy(spec, { paramRef: { ...ref, namespace: 'config', ...by } }, async () => {
        assert.equal((await dryRun('abc')).code, 201);
        assert.match((await dryRun('abcd')).json.message, /denied request: at most 3$/);
      });
    }
    const allow = { parameterNotFoundAction: 'Allow', namespace: 'config', selector: { matchLabels: { tier: 'two' } } };
    await withPolicy(spec, { paramRef: allow }, async () => assert.equal((await dryRun('abcd')).code, 201));
    const unknown = { ...spec, paramKind: { apiVersion: 'example.com/v1', kind: 'Limit' } };
    await withPolicy(unknown, { paramRef: { ...ref, name: 'limits' } }, async () => {
      assert.match(
        (await dryRun('x')).json.message,
        /ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example\.com\/v1, Kind=Limit'$/,
      );
    });
  });

  test('the audit log hears of annotations and of failures', async () => {
    const spec = {
      validations: [{ expression: 'true' }, { expression: 'false', message: 'no' }],
      auditAnnotations: [
        { key: 'name', valueExpression: "' ' + object.metadata.name" },
        { key: 'nothing', valueExpression: 'null' },
      ],
    };
    await withPolicy(spec, { validationActions: ['Audit'] }, async () => {
      const annotations: Record<string, string> = {};
      const notes = {
        warn: () => undefined,
        annotate: (key: string, value: string) => Object.assign(annotations, { [key]: value }),
      };
      const options = { dryRun: true, fieldValidation: 'Strict', fieldManager: '' };
      await server.registries.at().create(kinds.configMaps, configMap('x'), { notes, options });
      const failure = { message: 'no', policy: 'p', binding: 'b', expressionIndex: 1, validationActions: ['Audit'] };
      assert.deepEqual(annotations, {
        'p/name': 'x',
        'validation.policy.admission.k8s.io/validation_failure': JSON.stringify([failure]),
      });
    });
  });

  test('what does not compile is not stored', async () => {
    const cases: readonly (readonly [object, string])[] = [
      [
        { validations: [{ expression: '1 + 1' }] },
        'spec.validations[0].expression: Invalid value: "1 + 1": must evaluate to bool but got int',
      ],
      [
        { validations: [{ expression: 'true', messageExpression: 'nope' }] },
        `spec.validations[0].messageExpression: Invalid value: "nope": compilation failed: ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n | nope\n | ^`,
      ],
      [
        { variables: [{ name: 'v', expression: 'params.x' }], validations: [{ expression: 'true' }] },
        `spec.variables[0].expression: Invalid value: "params.x": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x\n | ^`,
      ],
      [
        { auditAnnotations: [{ key: 'k', valueExpression: '1' }] },
        'spec.auditAnnotations[0].valueExpression: Invalid value: "1": must evaluate to one of [string null_type] but got int',
      ],
    ];
    for (const [spec, message] of cases) {
      const policy = { metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: [rule] }, ...spec } };
      const answer = await post(`${base}/validatingadmissionpolicies`, policy);
      const whole = `ValidatingAdmissionPolicy.admissionregistration.k8s.io "p" is invalid: ${message}`;
      assert.deepEqual([answer.code, answer.json.message], [422, whole]);
    }
    const webhook = {
      name: 'a.example.com',
      clientConfig: { url: 'https://example.com' },
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      matchConditions: [{ name: 'c', expression: '1' }],
    };
    const answer = await post(`${base}/validatingwebhookconfigurations`, { metadata: { name: 'w' }, webhooks: [webhook] });
    assert.match(
      answer.json.message,
      /webhooks\[0\]\.matchConditions\[0\]\.expression: Invalid value: "1": must evaluate to bool but got int$/,
    );
  });

  test('the status tells what type checking found', async () => {
    const deployments = { operations: ['*'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] };
    const spec = {
      matchConstraints: { resourceRules: [deployments] },
      variables: [{ name: 'n', expression: 'object.spec.replicas' }],
      validations: [
        { expression: 'object.spec.replica > 1' },
        { expression: 'variables.n > 1', messageExpression: "'n is ' + variables.n" },
      ],
    };
    const watched = await server.registries.at().watch(kinds.validatingAdmissionPolicies, { resourceVersion: '' });
    await withPolicy(spec, {}, async () => {
      let status: Loose;
      for await (const batch of watched) {
        for (const { object } of batch) status = (object as Loose).status ?? {};
        if (status.observedGeneration !== undefined) break;
      }
      assert.equal(status.observedGeneration, 1);
      assert.deepEqual(status.typeChecking.expressionWarnings, [
        {
          fieldRef: 'spec.validations[0].expression',
          warning:
            "apps/v1, Kind=Deployment: compilation failed: ERROR: <input>:1:12: undefined field 'replica'\n | object.spec.replica > 1\n | ...........^\n",
        },
        {
          fieldRef: 'spec.validations[1].messageExpression',
          warning:
            "apps/v1, Kind=Deployment: compilation failed: ERROR: <input>:1:9: found no matching overload for '_+_' applied to '(string, int)'\n | 'n is ' + variables.n\n | ........^\n",
        },
      ]);
    });
  });
});
