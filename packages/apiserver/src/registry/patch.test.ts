import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { kinds } from '@flotilla/api';
import { configMap, failure, type Loose, Registries, writeOptions } from '../testing/registries.js';

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';

describe('patches', () => {
  const registries = new Registries();
  const client = registries.at();
  before(async () => {
    await client.namespace();
    await client.create(kinds.configMaps, configMap('there', { data: { a: '1' } }));
  });
  after(() => registries.close());

  const patch = (contentType: string, body: Loose, options: object = {}) =>
    client.patch(kinds.configMaps, 'there', body, { contentType, options: { ...writeOptions, ...options } });

  const refused: readonly (readonly [string, Loose, RegExp])[] = [
    [
      strategic,
      { dta: { b: 1 } },
      /^422 Invalid: {2}"" is invalid: patch: Invalid value: "map\[dta:map\[b:1\]\]": strict decoding error: unknown field "dta"$/,
    ],
    [
      merge,
      { dta: {} },
      /^422 Invalid: {2}"" is invalid: patch: Invalid value: "\{.*\}": strict decoding error: unknown field "dta"$/,
    ],
    [
      json,
      [{ op: 'add', path: '/dta', value: {} }],
      /^422 Invalid: {2}"" is invalid: patch: Invalid value: .*unknown field "dta"$/,
    ],
    [
      json,
      {},
      /^400 BadRequest: error decoding patch: json: cannot unmarshal object into Go value of type \[\]handlers\.jsonPatchOp$/,
    ],
    [
      merge,
      [],
      /^400 BadRequest: error decoding patch: json: cannot unmarshal array into Go value of type map\[string\]interface \{\}$/,
    ],
    [
      json,
      new Array(10_001).fill({ op: 'test', path: '/data/a', value: '1' }),
      /^413 RequestEntityTooLarge: Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001$/,
    ],
    [
      json,
      [{ op: 'test', path: '/data/a', value: '2' }],
      /^422 Invalid: the server rejected our request due to an error in our request$/,
    ],
    [
      merge,
      { metadata: { uid: 'other' } },
      /^409 Conflict: .*StorageError: invalid object, Code: 4, Key: \/registry\/configmaps\/default\/there, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: /,
    ],
    [
      merge,
      { metadata: { resourceVersion: '1' } },
      /^409 Conflict: .*the object has been modified; please apply your changes to the latest version and try again$/,
    ],
    [
      merge,
      { metadata: { name: 'other' } },
      /^400 BadRequest: the name of the object \(other\) does not match the name on the URL \(there\)$/,
    ],
  ];

  for (const [contentType, body, expected] of refused) {
    test(`${contentType} ${JSON.stringify(body).slice(0, 50)} is refused`, async () => {
      assert.match(await failure(patch(contentType, body)), expected);
    });
  }

  test('warns of unknown fields, or ignores them', async () => {
    const request = { ...client.context, namespace: 'default', name: 'there', contentType: merge, body: { dta: {} } };
    const options = { ...writeOptions, fieldValidation: 'Warn' } as const;
    const warned = await client.registry.patch(kinds.configMaps as never, { ...request, options });
    assert.deepEqual(warned.warnings, ['unknown field "dta"']);
    const ignored = await client.registry.patch(kinds.configMaps as never, {
      ...request,
      options: { ...options, fieldValidation: 'Ignore' },
    });
    assert.deepEqual(ignored.warnings, []);
  });

  test('a dry run answers with what would be, and leaves what is', async () => {
    const dry = await patch(strategic, { data: { b: '2' } }, { dryRun: true });
    assert.deepEqual(dry.data, { a: '1', b: '2' });
    assert.deepEqual((await client.get(kinds.configMaps, 'there')).data, { a: '1' });
  });
});
