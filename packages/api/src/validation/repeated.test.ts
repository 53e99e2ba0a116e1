import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateLimitRange } from '../kinds/core/limit-range-validation.js';
import { validateService } from '../kinds/core/service-validation.js';
import { kinds } from '../kinds/kinds.js';
import { validateTopologies } from '../kinds/storage/topologies.js';
import { strategicMergePatch } from '../patch/strategic-merge-patch.js';
import { validateTopologySpread } from '../pods/validate-scheduling.js';
import { repeated } from './repeated.js';

test('what has stood before is found', () => {
  assert.deepEqual([...repeated(['a', 'b', 'a', undefined, 'a', undefined])], [2, 4, 5]);
});

/** Far more than it takes, and far less than it takes to look back from every item. */
const msMax = 2_000;
const many = <T>(count: number, item: (index: number) => T) => Array.from({ length: count }, (_, index) => item(index));
const containers = (image: string) => ({ spec: { containers: many(30_000, (i) => ({ name: `c${i}`, image })) } });

const large: readonly (readonly [string, () => unknown])[] = [
  [
    'a Service of many ports',
    () => validateService({ spec: { type: 'NodePort', ports: many(30_000, (i) => ({ name: `p${i}`, port: i + 1 })) } }),
  ],
  [
    'a RuntimeClass of many tolerations',
    () =>
      kinds.runtimeClasses.validate?.({
        handler: 'x',
        scheduling: { tolerations: many(30_000, (i) => ({ key: `k${i}`, operator: 'Exists' })) },
      }),
  ],
  ['a LimitRange of many types', () => validateLimitRange({ spec: { limits: many(30_000, (i) => ({ type: `x.com/t${i}` })) } })],
  [
    'many topologies',
    () =>
      validateTopologies(
        many(30_000, (i) => ({ matchLabelExpressions: [{ key: 'a', values: [`v${i}`] }] })),
        'at',
      ),
  ],
  [
    'many spread constraints',
    () =>
      validateTopologySpread(
        many(30_000, (i) => ({ maxSkew: 1, topologyKey: `k${i}`, whenUnsatisfiable: 'DoNotSchedule' })),
        'at',
      ),
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
