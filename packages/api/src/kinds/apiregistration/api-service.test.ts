import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complaint } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const spec = { group: 'example.com', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 };
const service = { namespace: 'n', name: 's' };
const caBundle = Buffer.from('four').toString('base64');
const name = 'v1.example.com';

const cases: readonly [string, string, object, string][] = [
  ['as it should be', name, { ...spec, service, caBundle }, ''],
  ['by another name', 'x', spec, 'metadata.name: Invalid value: "x": must be `spec.version+"."+spec.group`: "v1.example.com"'],
  ['of no priority', name, { ...spec, versionPriority: 0 }, priority('versionPriority', 0, 1000)],
  ['of too much priority', name, { ...spec, groupPriorityMinimum: 20_001 }, priority('groupPriorityMinimum', 20_001, 20_000)],
  [
    'served here, by an authority',
    name,
    { ...spec, caBundle },
    'spec.caBundle: Invalid value: "4 bytes": local APIServices may not have a caBundle',
  ],
  [
    'of an authority that is not asked',
    name,
    { ...spec, service, caBundle, insecureSkipTLSVerify: true },
    'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
  ],
];
for (const [what, named, body, wanted] of cases) {
  test(`an API service ${what}`, () =>
    assert.equal(complaint(kinds.apiServices, { metadata: { name: named }, spec: body }), wanted));
}

function priority(member: string, value: number, max: number): string {
  return `spec.${member}: Invalid value: ${value}: must be positive and less than ${max}`;
}
