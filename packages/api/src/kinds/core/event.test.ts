import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../../definition.js';
import { complaint } from '../../testing/refusal.js';
import { kinds } from '../kinds.js';

const core = kinds.events as unknown as Definition; // declared with its own object type
const newer = kinds.eventsV1 as unknown as Definition; // as above

const time = '2026-01-01T00:00:00.000000Z';
const reported = { eventTime: time, reportingInstance: 'i', action: 'a', reason: 'r', type: 'Normal' };
const ofCore = (members: object = {}) => ({
  involvedObject: { namespace: 'default' },
  reportingComponent: 'c',
  ...reported,
  ...members,
});
const ofEvents = (members: object = {}) => ({
  regarding: { namespace: 'default' },
  reportingController: 'c',
  ...reported,
  ...members,
});
const inNamespace = (namespace: string, about: string) => ({ metadata: { namespace }, involvedObject: { namespace: about } });
const mismatch = (about: string) => `involvedObject.namespace: Invalid value: "${about}": does not match event.namespace`;

const seriesOfOne = '[series.count: Invalid value: "": should be at least 2, series.lastObservedTime: Required value]';
const reporterMissing = (field: string) =>
  `[${field}: Required value, ${field}: Invalid value: "": name part must be non-empty, ${field}: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')]`;

const cases: readonly [string, Definition, object, string][] = [
  ['nothing but what it is about', core, inNamespace('default', ''), ''],
  ['another namespace', core, inNamespace('default', 'other'), mismatch('other')],
  ['something without a namespace, told in kube-system', core, inNamespace('kube-system', ''), mismatch('')],
  ['the same with a time', core, ofCore({ ...inNamespace('kube-system', '') }), ''],
  ['the same with a time, elsewhere', core, ofCore({ ...inNamespace('other', '') }), mismatch('')],
  ['a time, and no reporter', core, ofCore({ reportingComponent: '' }), reporterMissing('reportingComponent')],
  [
    'a time, and no reporter, by the newer name',
    newer,
    ofEvents({ reportingController: '' }),
    reporterMissing('reportingController'),
  ],
  [
    'a time, and nothing else',
    core,
    ofCore({ reportingInstance: '', action: '', reason: '' }),
    '[reportingInstance: Required value, action: Required value, reason: Required value]',
  ],
  ['a long action', core, ofCore({ action: 'a'.repeat(129) }), 'action: Invalid value: "": can have at most 128 characters'],
  ['a long note', newer, ofEvents({ note: 'é'.repeat(513) }), 'message: Invalid value: "": can have at most 1024 characters'],
  ['everything', newer, ofEvents({ note: 'n', series: { count: 2, lastObservedTime: time } }), ''],
  ['a series of one', newer, ofEvents({ series: { count: 1 } }), seriesOfOne],
  ['the same in the core group', core, ofCore({ series: { count: 1 } }), ''],
  ['another type', newer, ofEvents({ type: 'Odd' }), 'type: Invalid value: "": has invalid value: Odd'],
  [
    'members of the core group',
    newer,
    ofEvents({ deprecatedCount: 1, deprecatedSource: { host: 'h' }, deprecatedFirstTimestamp: time }),
    '[firstTimestamp: Invalid value: "": needs to be unset, count: Invalid value: "": needs to be unset, source: Invalid value: "": needs to be unset]',
  ],
];

for (const [what, definition, body, wanted] of cases) {
  test(`an event of ${definition.group || 'the core group'} with ${what}`, () =>
    assert.equal(complaint(definition, body), wanted));
}

const changes: readonly [string, Definition, object, string][] = [
  ['its series', newer, { series: { count: 2, lastObservedTime: time } }, ''],
  ['its series, to one', newer, { series: { count: 1 } }, seriesOfOne],
  ['its note', newer, { note: 'n' }, 'message: Invalid value: "n": field is immutable'],
  ['its reporter', newer, { reportingController: 'd' }, 'reportingController: Invalid value: "d": field is immutable'],
  ['its message', core, { message: 'n' }, ''],
];

for (const [what, definition, change, wanted] of changes) {
  const body = definition === core ? ofCore() : ofEvents();
  test(`a change of ${what} through ${definition.group || 'the core group'}`, () => {
    assert.equal(complaint(definition, body, change), wanted);
  });
}
