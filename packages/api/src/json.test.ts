import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalButEmptyLists } from './json.js';

const cases: readonly [unknown, unknown, boolean][] = [
  [{ a: [] }, {}, true],
  [{ a: [{ b: [] }] }, { a: [{}] }, true],
  [{ a: [] }, { a: [1] }, false],
  [{ a: [1, 2] }, { a: [2, 1] }, false],
  [{ a: {} }, {}, false],
  [{ a: '' }, {}, false],
  [{ a: [] }, { a: {} }, false],
  [{ constructor: [] }, {}, true],
  [{ constructor: 1 }, {}, false],
  [undefined, [], true],
  [null, [], false],
  [1, 1, true],
];
for (const [a, b, wanted] of cases) {
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)} but for empty lists`, () => {
    assert.equal(equalButEmptyLists(a, b), wanted);
    assert.equal(equalButEmptyLists(b, a), wanted);
  });
}
