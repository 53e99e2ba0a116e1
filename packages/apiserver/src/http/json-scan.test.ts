import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicateFields, scanJson } from './json-scan.js';

for (const [text, paths] of [
  ['{}', []],
  ['{"a":1,"a":2}', ['a']],
  ['{"a":{"b":1,"b":2},"c":{"b":1}}', ['a.b']],
  ['{"a":[{"b":1},{"b":1,"b":2}]}', ['a[1].b']],
  ['{"a":1,"\\u0061":2}', ['a']],
  ['{"a":":,{[\\"","b":"a","c":"\\\\"}', []],
  ['{"a" : 1, "b":[1,2,{"c":1}], "a" :2}', ['a']],
  ['[{"a":1},{"a":1}]', []],
] as const) {
  test(`duplicate fields of ${text}`, () => {
    JSON.parse(text);
    assert.deepEqual(duplicateFields(text), paths);
  });
}

test('objects, members and nesting are counted without parsing', () => {
  assert.deepEqual(scanJson('{"a":{"b":[1,{"c":"}:{"}]}}', 10), { depth: 4, objects: 3, members: 3 });
  assert.ok(scanJson('['.repeat(100), 10).depth > 10);
});
