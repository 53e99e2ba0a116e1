import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint, created } from '../../testing/refusal.js';
import { row } from '../../testing/row.js';
import { kinds } from '../kinds.js';
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from './mandatory.js';

const user = { kind: 'User', user: { name: 'u' } };
const resource = { verbs: ['get'], apiGroups: [''], resources: ['pods'], namespaces: ['*'] };
const schema = (members: object, rule: object = {}) => ({
  spec: {
    priorityLevelConfiguration: { name: 'p' },
    rules: [{ subjects: [user], resourceRules: [resource], ...rule }],
    ...members,
  },
});
const level = (limited: object) => ({ spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' }, ...limited } } });
const queues = (queuing: object) => level({ limitResponse: { type: 'Queue', queuing } });
const spec = (members: object) => ({ metadata: { name: 'exempt' }, spec: members });

const cases: readonly [string, Definition, object, string][] = [
  ['a schema', kinds.flowSchemas, schema({}), ''],
  [
    'the precedence of exempt',
    kinds.flowSchemas,
    schema({ matchingPrecedence: 1 }),
    "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
  ],
  [
    'a late one',
    kinds.flowSchemas,
    schema({ matchingPrecedence: 10_001 }),
    'spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000',
  ],
  [
    'no level, no method',
    kinds.flowSchemas,
    schema({ priorityLevelConfiguration: {}, distinguisherMethod: { type: 'X' } }),
    '[spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser", spec.priorityLevelConfiguration.name: Required value: must reference a priority level]',
  ],
  [
    'a subject of another kind',
    kinds.flowSchemas,
    schema({}, { subjects: [{ ...user, kind: 'Group' }] }),
    "[spec.rules[0].subjects[0].group: Required value: group is required when subject kind is 'Group', spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User']",
  ],
  [
    'an unknown subject',
    kinds.flowSchemas,
    schema({}, { subjects: [{ kind: 'X' }] }),
    'spec.rules[0].subjects[0].kind: Unsupported value: "X": supported values: "Group", "ServiceAccount", "User"',
  ],
  [
    'an account of no namespace',
    kinds.flowSchemas,
    schema({}, { subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: '*' } }] }),
    'spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account',
  ],
  [
    'rules of nothing',
    kinds.flowSchemas,
    schema({}, { subjects: [], resourceRules: [] }),
    '[spec.rules[0].subjects: Required value: subjects must contain at least one value, spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty]',
  ],
  [
    'all and more',
    kinds.flowSchemas,
    schema({}, { resourceRules: [{ verbs: ['*', 'get'], apiGroups: ['*', 'a'], resources: [], namespaces: [] }] }),
    '[spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs, spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other api groups, spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least one resource, spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace]',
  ],
  [
    'a path with a star inside',
    kinds.flowSchemas,
    schema({}, { resourceRules: [], nonResourceRules: [{ verbs: ['fetch'], nonResourceURLs: ['/a*'] }] }),
    '[spec.rules[0].nonResourceRules[0].verbs: Unsupported value: ["fetch"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch", spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "/a*": wildcard can only do suffix matching]',
  ],
  ['a level', kinds.priorityLevelConfigurations, level({}), ''],
  ['a level with queues', kinds.priorityLevelConfigurations, queues({}), ''],
  [
    'a level of no kind',
    kinds.priorityLevelConfigurations,
    { spec: { type: 'X' } },
    'spec.type: Unsupported value: "X": supported values: "Exempt", "Limited"',
  ],
  [
    'queues that are not used',
    kinds.priorityLevelConfigurations,
    level({ limitResponse: { type: 'Reject', queuing: {} } }),
    'spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited',
  ],
  [
    'a hand larger than the deck',
    kinds.priorityLevelConfigurations,
    queues({ handSize: 9, queues: 8 }),
    'spec.limited.limitResponse.queuing.handSize: Invalid value: 9: should not be greater than queues (8)',
  ],
  [
    'a hand that no hash can deal',
    kinds.priorityLevelConfigurations,
    queues({ handSize: 16, queues: 1024 }),
    'spec.limited.limitResponse.queuing.handSize: Invalid value: 16: required entropy bits of deckSize 1024 and handSize 16 should not be greater than 60',
  ],
  [
    'more than all',
    kinds.priorityLevelConfigurations,
    level({ lendablePercent: 101 }),
    'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
  ],
  [
    'an exempt level that lends',
    kinds.priorityLevelConfigurations,
    spec({ type: 'Exempt', exempt: { lendablePercent: 50 } }),
    '',
  ],
  [
    'an exempt level that is none',
    kinds.priorityLevelConfigurations,
    spec({ type: 'Limited', limited: { limitResponse: { type: 'Reject' } } }),
    '[spec.type: Invalid value: "Limited": type must be \'Exempt\' if and only if name is \'exempt\', spec: Invalid value: {"type":"Limited","limited":{"limitResponse":{"type":"Reject"},"nominalConcurrencyShares":30,"lendablePercent":0}}: spec of \'exempt\' except the \'spec.exempt\' field must equal the fixed value]',
  ],
];

for (const [name, definition, body, wanted] of cases) {
  test(`flow control: ${name}`, () => assert.equal(complaint(definition, body), wanted));
}

test('what is mandatory is accepted as it stands, and nothing else by its name', () => {
  for (const [name, fixed] of mandatoryFlowSchemas) {
    assert.deepEqual(Reflect.get(created(kinds.flowSchemas, { metadata: { name }, spec: fixed }), 'spec'), fixed);
    const other = { ...fixed, rules: [] };
    assert.match(complaint(kinds.flowSchemas, { metadata: { name }, spec: other }), /must equal the fixed value$/);
  }
  for (const [name, fixed] of mandatoryPriorityLevels) {
    assert.deepEqual(Reflect.get(created(kinds.priorityLevelConfigurations, { metadata: { name }, spec: fixed }), 'spec'), fixed);
  }
});

test('levels have the defaults of Kubernetes', () => {
  assert.deepEqual(Reflect.get(created(kinds.priorityLevelConfigurations, queues({})), 'spec'), {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 30,
      lendablePercent: 0,
      limitResponse: { type: 'Queue', queuing: { handSize: 8, queues: 64, queueLengthLimit: 50 } },
    },
  });
});

test('conditions of a status are of different types', () => {
  const status = { conditions: [{ type: 'Dangling' }, { type: 'Dangling' }] };
  const wanted = 'status.conditions[1].type: Duplicate value: "Dangling"';
  assert.equal(complaint(kinds.flowSchemas, schema({}), { status }, 'status'), wanted);
  assert.equal(complaint(kinds.priorityLevelConfigurations, level({}), { status }, 'status'), wanted);
});

test('rows', () => {
  const conditions = [{ type: 'Dangling', status: 'False' }];
  const flow = { ...schema({ matchingPrecedence: 5, distinguisherMethod: { type: 'ByUser' } }), status: { conditions } };
  assert.equal(row(kinds.flowSchemas, flow), 'x p 5 ByUser 60m False | ');
  assert.equal(row(kinds.flowSchemas, schema({})), 'x p 0 <none> 60m ? | ');
  assert.equal(
    row(kinds.priorityLevelConfigurations, queues({ handSize: 1, queues: 2, queueLengthLimit: 3 })),
    'x Limited <none> 2 1 3 60m | ',
  );
  assert.equal(
    row(kinds.priorityLevelConfigurations, spec({ type: 'Exempt' }))
      .split(' ')
      .slice(1, 6)
      .join(' '),
    'Exempt <none> <none> <none> <none>',
  );
});
