import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint, created, updated } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const { endpoints, events, resourceQuotas, secrets, serviceAccounts } = kinds;
const encoded = (text: string) => Buffer.from(text).toString('base64');
const docker = (text: string) => ({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': encoded(text) } });
const redacted = 'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>"';
const subset = (ip: string) => ({ subsets: [{ addresses: [{ ip }], ports: [{ port: 80 }] }] });
const scoped = (scopeName: string, resource: string) => ({
  spec: { hard: { [resource]: '1' }, scopeSelector: { matchExpressions: [{ scopeName, operator: 'Exists' }] } },
});

const cases: readonly [string, Definition, object, string][] = [
  ['an address', endpoints, subset('10.0.0.1'), ''],
  ['an address of the machine itself, as clusters of one machine have them', endpoints, subset('127.0.0.1'), ''],
  [
    'an address of no machine',
    endpoints,
    subset('0.0.0.0'),
    'subsets[0].addresses[0].ip: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
  ],
  [
    'an address of one cable',
    endpoints,
    subset('169.254.0.1'),
    'subsets[0].addresses[0].ip: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
  ],
  ['an object of credentials', secrets, docker('{}'), ''],
  [
    'a list of credentials',
    secrets,
    docker('[]'),
    `${redacted}: json: cannot unmarshal array into Go value of type map[string]interface {}`,
  ],
  ['no credentials', secrets, docker(''), `${redacted}: unexpected end of JSON input`],
  [
    'an empty key',
    secrets,
    { type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': '' } },
    'data[ssh-privatekey]: Required value',
  ],
  [
    'what a scope has none of',
    resourceQuotas,
    scoped('BestEffort', 'requests.cpu'),
    'spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"BestEffort","Operator":"Exists","Values":null}]}: unsupported scope applied to resource',
  ],
  [
    'scopes that exclude each other',
    resourceQuotas,
    {
      spec: {
        hard: { pods: '1' },
        scopeSelector: {
          matchExpressions: [
            { scopeName: 'BestEffort', operator: 'Exists' },
            { scopeName: 'NotBestEffort', operator: 'Exists' },
          ],
        },
      },
    },
    'spec.scopeSelector.matchExpressions: Invalid value: null: conflicting scopes',
  ],
  ['a name that is no domain', events, { metadata: { name: 'Some_Event' }, involvedObject: { namespace: 'default' } }, ''],
  [
    'a name of two parts',
    events,
    { metadata: { name: 'a/b' }, involvedObject: { namespace: 'default' } },
    'metadata.name: Invalid value: "a/b": may not contain \'/\'',
  ],
];
for (const [name, definition, body, wanted] of cases) {
  test(`${definition.plural}: ${name}`, () => assert.equal(complaint(definition, body), wanted));
}

test('subsets that were accepted once are not looked at again', () => {
  const old = { ...created(endpoints, subset('10.0.0.1')), ...subset('169.254.0.1') };
  for (const { ports } of old.subsets) Object.assign(ports[0] ?? {}, { protocol: 'TCP' });
  updated(endpoints, old, { metadata: { ...old.metadata, labels: { a: 'b' } } });
  assert.throws(() => updated(endpoints, old, subset('169.254.0.2')), /link-local/);
});

test('a service account keeps the names of its secrets', () => {
  const account = created(serviceAccounts, { secrets: [{ name: 'a', namespace: 'other', kind: 'Secret' }] });
  assert.deepEqual(Reflect.get(account, 'secrets'), [{ name: 'a' }]);
  const changed = updated(serviceAccounts, account, { secrets: [{ name: 'b', uid: 'u' }] });
  assert.deepEqual(Reflect.get(changed, 'secrets'), [{ name: 'b' }]);
});
