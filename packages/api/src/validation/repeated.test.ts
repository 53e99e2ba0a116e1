import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorsMax } from '../errors/field-error.js';
import { StatusError } from '../errors/status-error.js';
import { firstCommonIndex } from '../kinds/batch/job-indexes.js';
import { validateLimitRange } from '../kinds/core/limit-range-validation.js';
import { validateService } from '../kinds/core/service-validation.js';
import { kinds } from '../kinds/kinds.js';
import { validateTopologies } from '../kinds/storage/topologies.js';
import { strategicMergePatch } from '../patch/strategic-merge-patch.js';
import { validateMounts } from '../pods/validate-mounts.js';
import { validateTopologySpread } from '../pods/validate-scheduling.js';
import { checkCreate } from '../strategy/validate.js';
import { validateValue } from '../structural/validate-value.js';
import { validateObjectMetaUpdate } from './object-meta.js';
import { repeated } from './repeated.js';

test('of many mistakes the first are told', () => {
  const containers = Array.from({ length: 5 * fieldErrorsMax }, () => ({}));
  const pod = { metadata: { name: 'x', namespace: 'default' }, spec: { containers } };
  assert.throws(
    () => checkCreate(kinds.pods, pod),
    (error) => error instanceof StatusError && error.details?.causes?.length === fieldErrorsMax,
  );
});

test('an object says once that it has several controllers, for it shows them all', () => {
  const ownerReferences = Array.from({ length: 1_000 }, (_, i) => ({
    ...{ apiVersion: 'v1', kind: 'Pod', name: `p${i}`, uid: `u${i}` },
    controller: true,
  }));
  const errors = validateObjectMetaUpdate({ name: 'x', ownerReferences }, { name: 'x' }, {});
  assert.equal(errors.length, 1);
  assert.match(errors[0]?.message ?? '', /Found "true" in references for Pod\/p0 and Pod\/p1$/);
});

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
  [
    'a Service of many families',
    () => validateService({ spec: { ipFamilies: many(60_000, (i) => (i % 2 === 0 ? 'IPv4' : `v${i}`)), ports: [{ port: 1 }] } }),
  ],
  [
    'a node of many addresses',
    () => kinds.nodes.validate?.({ status: { addresses: many(60_000, (i) => ({ type: 'Hostname', address: `a${i}` })) } }),
  ],
  [
    'a container of many mounts and devices',
    () => {
      const volumeMounts = many(60_000, (i) => ({ name: 'v', mountPath: `/m${i}` }));
      const volumeDevices = many(60_000, (i) => ({ name: 'w', devicePath: `/d${i}` }));
      return validateMounts({ volumeMounts, volumeDevices }, new Map([['v', {}]]), 'at');
    },
  ],
  [
    'a custom resource whose list was as long before',
    () => {
      const items = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'integer' } } };
      const schema = { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a'] } as const;
      const list = (b: number) => many(60_000, (i) => ({ a: `a${i}`, b }));
      return validateValue(schema, list(1), { old: list(2) });
    },
  ],
  [
    'indexes of a Job',
    () => firstCommonIndex(many(60_000, (i) => 4 * i).join(), many(60_000, (i) => 4 * i + 2).join(), 1_000_000),
  ],
  [
    'a strategic patch that keeps many members',
    () => {
      const data = Object.fromEntries(many(60_000, (i) => [`k${i}`, 'v']));
      return strategicMergePatch('ConfigMap', { data }, { data: { ...data, $retainKeys: Object.keys(data) } });
    },
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
