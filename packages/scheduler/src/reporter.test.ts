import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusPatch } from './reporter.js';
import { makePod } from './testing/objects.js';

const condition = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'Unschedulable',
  message: '0/1 nodes are available: 1 Insufficient cpu.',
};
const nowMs = Date.parse('2026-02-02T00:00:00Z');

test('a pod learns why it is not scheduled, once', () => {
  const patch = statusPatch(makePod('p'), condition, undefined, nowMs);
  assert.deepEqual(patch, { status: { conditions: [{ ...condition, lastTransitionTime: '2026-02-02T00:00:00Z' }] } });
  const told = makePod('p', { status: { conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] } });
  assert.equal(statusPatch(told, condition, undefined, nowMs), undefined);
  assert.equal(statusPatch(told, condition, '', nowMs), undefined);
});

test('another message keeps the time of the transition', () => {
  const told = makePod('p', { status: { conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] } });
  const patch = statusPatch(told, { ...condition, message: 'other' }, undefined, nowMs);
  assert.deepEqual(patch, {
    status: { conditions: [{ ...condition, message: 'other', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  });
});

test('a nomination is written and taken back', () => {
  const told = { conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] };
  const nominate = statusPatch(makePod('p', { status: told }), condition, 'n1', nowMs);
  assert.equal(JSON.stringify(nominate).includes('"nominatedNodeName":"n1"'), true);
  const withdraw = statusPatch(makePod('p', { status: { ...told, nominatedNodeName: 'n1' } }), condition, '', nowMs);
  assert.equal(JSON.stringify(withdraw).includes('"nominatedNodeName":null'), true);
});
