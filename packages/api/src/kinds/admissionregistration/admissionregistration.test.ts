import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint, created } from '../../testing/refusal.js';
import { row } from '../../testing/row.js';
import { kinds } from '../kinds.js';

const service = { name: 's', namespace: 'n' };
const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const hook = {
  name: 'a.example.com',
  clientConfig: { service },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const hooks = (...changes: object[]) => ({ webhooks: changes.map((change) => ({ ...hook, ...change })) });
const constraints = { resourceRules: [rule] };
const policy = (members: object) => ({
  spec: { matchConstraints: constraints, validations: [{ expression: 'true' }], ...members },
});
const binding = (members: object) => ({ spec: { policyName: 'p', validationActions: ['Deny'], ...members } });
const at = 'webhooks[0]';

test('a webhook has the defaults of Kubernetes', () => {
  const object = created(kinds.mutatingWebhookConfigurations, hooks({}));
  assert.deepEqual(Reflect.get(object, 'webhooks'), [
    {
      ...hook,
      clientConfig: { service: { ...service, port: 443 } },
      rules: [{ ...rule, scope: '*' }],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      reinvocationPolicy: 'Never',
      timeoutSeconds: 10,
    },
  ]);
  assert.equal(object.metadata.generation, 1);
});

test('a policy has the defaults of Kubernetes', () => {
  const object = created(kinds.validatingAdmissionPolicies, policy({}));
  assert.deepEqual(Reflect.get(object, 'spec'), {
    failurePolicy: 'Fail',
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      resourceRules: [{ ...rule, scope: '*' }],
    },
    validations: [{ expression: 'true' }],
  });
});

const cases: readonly [string, Definition, object, string][] = [
  ['a webhook', kinds.validatingWebhookConfigurations, hooks({}), ''],
  [
    'all resources behind one of them',
    kinds.validatingWebhookConfigurations,
    hooks({ rules: [{ ...rule, resources: ['a', '*'] }] }),
    '',
  ],
  [
    'a short name',
    kinds.validatingWebhookConfigurations,
    hooks({ name: 'a.b' }),
    `${at}.name: Invalid value: "a.b": should be a domain with at least three segments separated by dots`,
  ],
  ['two of one name', kinds.mutatingWebhookConfigurations, hooks({}, {}), 'webhooks[1].name: Duplicate value: "a.example.com"'],
  [
    'side effects',
    kinds.validatingWebhookConfigurations,
    hooks({ sideEffects: 'Some' }),
    `${at}.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"`,
  ],
  [
    'nothing said of side effects, nor of versions',
    kinds.validatingWebhookConfigurations,
    hooks({ sideEffects: null, admissionReviewVersions: [] }),
    `[${at}.sideEffects: Required value: must specify one of None, NoneOnDryRun, ${at}.admissionReviewVersions: Required value: must specify one of v1, v1beta1]`,
  ],
  [
    'a version to come',
    kinds.validatingWebhookConfigurations,
    hooks({ admissionReviewVersions: ['v2'] }),
    `${at}.admissionReviewVersions: Invalid value: ["v2"]: must include at least one of v1, v1beta1`,
  ],
  [
    'a long wait',
    kinds.validatingWebhookConfigurations,
    hooks({ timeoutSeconds: 31 }),
    `${at}.timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds`,
  ],
  [
    'no client',
    kinds.validatingWebhookConfigurations,
    hooks({ clientConfig: {} }),
    `${at}.clientConfig: Required value: exactly one of url or service is required`,
  ],
  [
    'a plain URL with more than a path',
    kinds.validatingWebhookConfigurations,
    hooks({ clientConfig: { url: 'http://u@h/p?q#f' } }),
    `[${at}.clientConfig.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path], ${at}.clientConfig.url: Invalid value: "u": user information is not permitted in the URL, ${at}.clientConfig.url: Invalid value: "f": fragments are not permitted in the URL, ${at}.clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL]`,
  ],
  ['a URL', kinds.validatingWebhookConfigurations, hooks({ clientConfig: { url: 'https://h:1/p' } }), ''],
  [
    'an empty segment',
    kinds.validatingWebhookConfigurations,
    hooks({ clientConfig: { service: { ...service, path: '/a//b', port: 0 } } }),
    `[${at}.clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive, ${at}.clientConfig.service.path: Invalid value: "/a//b": segment[1] may not be empty]`,
  ],
  [
    'all and more',
    kinds.validatingWebhookConfigurations,
    hooks({
      rules: [{ operations: ['*', 'CREATE'], apiGroups: ['*', 'a'], apiVersions: [], resources: ['*', 'a', 'b/*', 'b/c'] }],
    }),
    `[${at}.rules[0].operations: Invalid value: ["*","CREATE"]: if '*' is present, must not specify other operations, ${at}.rules[0].apiGroups: Invalid value: ["*","a"]: if '*' is present, must not specify other API groups, ${at}.rules[0].apiVersions: Required value, ${at}.rules[0].resources[3]: Invalid value: "b/c": if 'b/*' is present, must not specify b/c, ${at}.rules[0].resources: Invalid value: ["*","a","b/*","b/c"]: if '*' is present, must not specify other resources without subresources]`,
  ],
  [
    'a condition without expression',
    kinds.validatingWebhookConfigurations,
    hooks({ matchConditions: [{ name: 'c', expression: ' ' }] }),
    `${at}.matchConditions[0].expression: Required value`,
  ],
  ['a policy', kinds.validatingAdmissionPolicies, policy({}), ''],
  [
    'a policy of nothing',
    kinds.validatingAdmissionPolicies,
    policy({ validations: [] }),
    '[spec.validations: Required value: validations or auditAnnotations must contain at least one item, spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item]',
  ],
  [
    'a policy about nothing',
    kinds.validatingAdmissionPolicies,
    policy({ matchConstraints: {} }),
    'spec.matchConstraints.resourceRules: Required value',
  ],
  [
    'a reserved name',
    kinds.validatingAdmissionPolicies,
    policy({ variables: [{ name: 'in', expression: '1' }] }),
    'spec.variables[0].name: Invalid value: "in": name is not a valid CEL identifier',
  ],
  [
    'a message of two lines',
    kinds.validatingAdmissionPolicies,
    policy({ validations: [{ expression: 'true', message: 'a\nb', reason: 'Gone' }] }),
    '[spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks, spec.validations[0].reason: Unsupported value: "Gone": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"]',
  ],
  [
    'parameters of no version',
    kinds.validatingAdmissionPolicies,
    policy({ paramKind: { apiVersion: 'a.b/', kind: 'K' } }),
    'spec.paramKind.apiVersion: Invalid value: "a.b/": version must be specified',
  ],
  [
    'an annotation twice',
    kinds.validatingAdmissionPolicies,
    policy({
      auditAnnotations: [
        { key: 'k', valueExpression: "'a'" },
        { key: 'k', valueExpression: '' },
      ],
    }),
    '[spec.auditAnnotations[1].valueExpression: Required value: valueExpression is not specified, spec.auditAnnotations[1].key: Duplicate value: "k"]',
  ],
  ['a binding', kinds.validatingAdmissionPolicyBindings, binding({}), ''],
  [
    'a binding that does nothing',
    kinds.validatingAdmissionPolicyBindings,
    binding({ validationActions: [] }),
    'spec.validationActions: Required value: at least one validation action is required',
  ],
  [
    'a binding that says it twice',
    kinds.validatingAdmissionPolicyBindings,
    binding({ validationActions: ['Deny', 'Warn', 'Deny'] }),
    '[spec.validationActions[2]: Duplicate value: "Deny", spec.validationActions: Invalid value: ["Deny","Warn","Deny"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)]',
  ],
  [
    'parameters by name and label',
    kinds.validatingAdmissionPolicyBindings,
    binding({ paramRef: { name: 'a', selector: {} } }),
    '[spec.paramRef.name: Forbidden: name and selector are mutually exclusive, spec.paramRef.selector: Forbidden: name and selector are mutually exclusive, spec.paramRef.parameterNotFoundAction: Required value]',
  ],
];

for (const [name, definition, body, wanted] of cases) {
  test(`admission: ${name}`, () => assert.equal(complaint(definition, body), wanted));
}

test('rows', () => {
  assert.equal(row(kinds.validatingWebhookConfigurations, { webhooks: [{}, {}] }), 'x 2 60m | ');
  assert.equal(
    row(kinds.validatingAdmissionPolicies, { spec: { validations: [{}], paramKind: { apiVersion: 'a/v1', kind: 'K' } } }),
    'x 1 a/v1/K 60m | ',
  );
  const params = (paramRef: object | undefined) =>
    row(kinds.validatingAdmissionPolicyBindings, { spec: { policyName: 'p', paramRef } });
  assert.equal(params(undefined), 'x p <unset> 60m | ');
  assert.equal(params({ name: 'a' }), 'x p */a 60m | ');
  assert.equal(params({ name: 'a', namespace: 'n' }), 'x p n/a 60m | ');
  assert.equal(
    params({ selector: { matchLabels: { a: 'b' } } }),
    'x p &LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},} 60m | ',
  );
});
