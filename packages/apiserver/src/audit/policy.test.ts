import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anonymousUser, type UserInfo } from '../auth/user-info.js';
import { parseRequestInfo } from '../http/request-info.js';
import { testFile } from '../testing/files.js';
import { decideAudit } from './policy.js';
import { readAuditPolicy } from './policy-file.js';

const alice: UserInfo = { username: 'alice', uid: '', groups: ['devs'], extra: {} };

const rules = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
  - { level: None, users: [alice], verbs: [watch] }
  - { level: None, userGroups: [devs], nonResourceURLs: ["/api*", /version] }
  - level: RequestResponse
    omitManagedFields: false
    omitStages: [ResponseStarted]
    resources: [{ group: "", resources: [secrets], resourceNames: [top] }]
  - { level: Request, namespaces: [kube-system] }
  - { level: None, namespaces: [""], resources: [{ group: "" }] }
  - level: Metadata
    resources:
      - { group: "", resources: [pods, "pods/log", "*/scale", "services/*"] }
      - { group: apps, resources: ["*"] }
`;

const table: readonly (readonly [UserInfo, string, string, string])[] = [
  [alice, 'GET', '/api/v1/pods?watch=1', 'None'],
  [anonymousUser, 'GET', '/api/v1/namespaces/default/pods?watch=1', 'Metadata'],
  [alice, 'GET', '/apis', 'None'],
  [anonymousUser, 'GET', '/apis', 'None'],
  [alice, 'GET', '/api/v1/namespaces/default/secrets/top', 'RequestResponse'],
  [alice, 'GET', '/api/v1/namespaces/default/secrets/other', 'None'],
  [alice, 'GET', '/api/v1/namespaces/kube-system/secrets/other', 'Request'],
  [alice, 'GET', '/api/v1/nodes', 'None'],
  [alice, 'GET', '/api/v1/namespaces/default/pods/x', 'Metadata'],
  [alice, 'GET', '/api/v1/namespaces/default/pods/x/log', 'Metadata'],
  [alice, 'GET', '/api/v1/namespaces/default/pods/x/exec', 'None'],
  [alice, 'GET', '/api/v1/namespaces/default/replicationcontrollers/x/scale', 'Metadata'],
  [alice, 'GET', '/api/v1/namespaces/default/services/x/status', 'Metadata'],
  [alice, 'GET', '/apis/apps/v1/namespaces/default/deployments', 'Metadata'],
  [alice, 'GET', '/apis/batch/v1/namespaces/default/jobs', 'None'],
];

for (const [user, method, target, level] of table) {
  test(`audit level of ${user.username} ${method} ${target}: ${level}`, () => {
    const policy = readAuditPolicy(testFile('policy.yaml', rules));
    const { pathname, searchParams } = new URL(target, 'https://x');
    assert.equal(decideAudit(policy, user, parseRequestInfo(method, pathname, searchParams)).level, level);
  });
}

test('stages add up, and the rule says better than the policy what to leave out', () => {
  const policy = readAuditPolicy(testFile('policy.yaml', rules));
  const info = parseRequestInfo('GET', '/api/v1/namespaces/default/secrets/top', new URLSearchParams());
  const { omitStages, omitManagedFields } = decideAudit(policy, alice, info);
  assert.deepEqual([omitStages, omitManagedFields], [['RequestReceived', 'ResponseStarted'], false]);
});

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';
const refused: readonly (readonly [string, RegExp])[] = [
  [head, /loaded illegal policy with 0 rules/],
  [`${head}rules: [{}]`, /rules\[0\]\.level: Required value/],
  [
    `${head}rules: [{ level: Full }]`,
    /rules\[0\]\.level: Unsupported value: "Full": supported values: "None", "Metadata", "Request", "RequestResponse"/,
  ],
  [`${head}rules: [{ level: None, verb: get }]`, /rules\[0\]\.verb: unknown field/],
  [`${head}rules: [{ level: None, nonResourceURLs: [/x], namespaces: [a] }]`, /cannot apply to both/],
  [`${head}rules: [{ level: None, nonResourceURLs: [x] }]`, /must begin with a '\/' character/],
  [
    'apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{ level: None }]',
    /no kind "Policy" is registered for version "audit.k8s.io\/v1beta1"/,
  ],
  [`${head}rules: [`, /policy\.yaml/],
];
for (const [text, message] of refused) {
  test(`audit policy refused: ${message.source}`, () => {
    assert.throws(() => readAuditPolicy(testFile('policy.yaml', text)), message);
  });
}
