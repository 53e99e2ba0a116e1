import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateService } from '../kinds/core/service-validation.js';
import { strategicMergePatch } from '../patch/strategic-merge-patch.js';
import { repeated } from './repeated.js';

test('what has stood before is found', () => {
  assert.deepEqual([...repeated(['a', 'b', 'a', undefined, 'a', undefined])], [2, 4, 5]);
});

/** Far more than it takes, and far less than it takes to look back from every item. */
const msMax = 1_500;
const many = <T>(count: number, item: (index: number) => T) => Array.from({ length: count }, (_, index) => item(index));
const containers = (image: string) => ({ spec: { containers: many(30_000, (i) => ({ name: `c${i}`, image })) } });

const large: readonly (readonly [string, () => unknown])[] = [
  [
    'a Service of many ports',
    () => validateService({ spec: { type: 'NodePort', ports: many(30_000, (i) => ({ name: `p${i}`, port: i + 1 })) } }),
  ],
  ['a strategic patch of many items', () => strategicMergePatch('Pod', containers('x'), containers('y'))],
];
for (const [name, run] of large) {
  test(`${name} takes time that grows with their number only`, () => {
    const startMs = performance.now();
    run();
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < msMax, `${Math.round(tookMs)} ms`);
  });
}
