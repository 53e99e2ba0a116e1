import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Toleration } from '@flotilla/api';
import { evictionTimeMs } from './plan.js';

const addedMs = Date.parse('2026-01-01T00:00:00Z');
const nowMs = addedMs + 5_000;
const taint = { key: 'k', value: 'v', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:00Z' };

for (const [what, tolerations, expected] of [
  ['leaves at once what it does not tolerate', [], nowMs],
  ['stays for good with a toleration without limit', [{ key: 'k', operator: 'Exists' }], undefined],
  ['stays for as long as it tolerates', [{ key: 'k', operator: 'Exists', tolerationSeconds: 300 }], addedMs + 300_000],
  ['takes the shortest of several', [{ operator: 'Exists' }, { key: 'k', value: 'v', tolerationSeconds: 60 }], addedMs + 60_000],
  ['does not confuse values', [{ key: 'k', value: 'other' }], nowMs],
  ['does not confuse effects', [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }], nowMs],
  ['reads a negative limit as none at all', [{ operator: 'Exists', tolerationSeconds: -1 }], addedMs],
] as const) {
  test(`a pod ${what}`, () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {},
      spec: { containers: [], tolerations: tolerations as readonly Toleration[] },
    };
    assert.equal(evictionTimeMs(pod, [taint], nowMs), expected);
    assert.equal(evictionTimeMs(pod, [], nowMs), undefined);
  });
}
