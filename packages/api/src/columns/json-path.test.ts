import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonPath } from './json-path.js';

const object = {
  metadata: { name: 'x', annotations: { 'a.b/c': 'dotted' } },
  spec: {
    list: [1, 2, 3, 4],
    ports: [
      { name: 'http', port: 80 },
      { name: 'https', port: 443 },
    ],
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

for (const [path, found] of [
  ['.metadata.name', ['x']],
  ['.metadata.annotations.a\\.b/c', ['dotted']],
  [".metadata.annotations['a.b/c']", ['dotted']],
  ['.spec.list[0]', [1]],
  ['.spec.list[-1]', [4]],
  ['.spec.list[1:3]', [2, 3]],
  ['.spec.list[0:4:2]', [1, 3]],
  ['.spec.list[1:-1]', [2, 3]],
  ['.spec.list[-2:]', [3, 4]],
  ['.spec.list[0:9]', []],
  ['.spec.list[-9:2]', []],
  ['.spec.list[3:1]', []],
  ['.spec.list[0,2]', [1, 3]],
  ['.spec.list[*]', [1, 2, 3, 4]],
  ['.spec.ports[*].name', ['http', 'https']],
  ['.spec.ports[?(@.port>100)].name', ['https']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type!='Ready')].status", ['False']],
  ['.spec.ports[?(@.nodePort)].name', []],
  ['.metadata[?(@.x)]', []],
  ['.spec[?(@)]', []],
  ['..port', [80, 443]],
  ['.spec.nope.deeper', []],
  ['.spec.constructor', []],
  ['.', [object]],
] as const) {
  test(`${path} leads to ${JSON.stringify(found).slice(0, 40)}`, () =>
    assert.deepEqual(JsonPath.parse(path).find(object), found));
}

for (const path of ['.spec[', '.spec[x]', '.a..', '.list[?(@.x==)]']) {
  test(`${path} is no path`, () => assert.throws(() => JsonPath.parse(path), SyntaxError));
}
