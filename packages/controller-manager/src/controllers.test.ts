import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllers, selectControllers } from './controllers.js';

const all = controllers.map(({ name }) => name);

for (const [patterns, expected] of [
  [['*'], all],
  [['deployment-controller'], ['deployment-controller']],
  [['*', '-node-ipam-controller'], all.filter((name) => name !== 'node-ipam-controller')],
  [['-node-ipam-controller'], []],
] as const) {
  test(`--controllers=${patterns.join(',')}`, () => {
    assert.deepEqual(
      selectControllers(patterns).map(({ name }) => name),
      expected,
    );
  });
}

test('an unknown controller is refused by name', () => {
  assert.throws(() => selectControllers(['*', '-nobody']), /"nobody" is not in the list of known controllers/);
});
