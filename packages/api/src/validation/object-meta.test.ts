import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Definition } from '../definition.js';
import { kinds } from '../kinds/kinds.js';
import { complaint } from '../testing/refusal.js';

const { configMaps, endpoints, persistentVolumes } = kinds;
const known = 'name is neither a standard finalizer name nor is it fully qualified';
const form =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const at = 'metadata.ownerReferences';

const cases: readonly [string, Definition, object, string][] = [
  [
    'an owner that says nothing',
    configMaps,
    { ownerReferences: [{}] },
    `[${at}.apiVersion: Invalid value: "": version must not be empty, ${at}.kind: Invalid value: "": must not be empty, ${at}.name: Invalid value: "": must not be empty, ${at}.uid: Invalid value: "": must not be empty]`,
  ],
  [
    'an owner of two groups',
    configMaps,
    { ownerReferences: [{ apiVersion: 'a/b/c', kind: 'K', name: 'n', uid: 'u' }] },
    `${at}.apiVersion: Invalid value: "a/b/c": version must not be empty`,
  ],
  [
    'an event that owns it',
    configMaps,
    { ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'n', uid: 'u' }] },
    `${at}: Invalid value: {"apiVersion":"v1","kind":"Event","name":"n","uid":"u"}: /v1, Kind=Event is disallowed from being an owner`,
  ],
  [
    'two ways to deal with what it owns',
    configMaps,
    { finalizers: ['orphan', 'foregroundDeletion'] },
    'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
  ],
  [
    'a finalizer of no form',
    configMaps,
    { finalizers: ['-'] },
    `[metadata.finalizers: Invalid value: "-": name part ${form}, metadata.finalizers[0]: Invalid value: "-": ${known}]`,
  ],
  [
    'a label of three parts',
    configMaps,
    { labels: { 'a/b/c': '' } },
    `metadata.labels: Invalid value: "a/b/c": a qualified name ${form} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
  ],
  ['a prefix of two characters, of which one is a dash', configMaps, { generateName: '.-' }, ''],
];
for (const [name, definition, metadata, wanted] of cases) {
  test(`metadata with ${name}`, () => assert.equal(complaint(definition, { metadata }), wanted));
}

test('a label is told from a domain', () => {
  const body = { subsets: [{ addresses: [{ ip: '10.0.0.1', hostname: 'a.b' }] }] };
  assert.equal(complaint(endpoints, body), 'subsets[0].addresses[0].hostname: Invalid value: "a.b": must not contain dots');
});

test('a driver without a name is none', () => {
  const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1' }, csi: { volumeHandle: 'h' } };
  const text = complaint(persistentVolumes, { spec });
  assert.match(
    text,
    /^\[spec\.csi\.driver: Required value, spec\.csi\.driver: Invalid value: "": a lowercase RFC 1123 subdomain/,
  );
});
