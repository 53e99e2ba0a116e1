import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Probe } from '@flotilla/api';
import { ManualClock } from '@flotilla/base';
import { type ProbeKind, ProbeWorker } from './probe-worker.js';

interface Run {
  readonly clock: ManualClock;
  readonly worker: ProbeWorker;
  /** Instants of attempts, in seconds. */
  readonly attempts: number[];
  readonly results: string[];
  readonly failures: string[];
  /** Moves time on in small steps, letting attempts finish in between. */
  advance(seconds: number): Promise<void>;
}

function start(
  kind: ProbeKind,
  probe: Probe,
  answers: (second: number) => boolean,
  more: { held?: () => boolean; adopted?: boolean } = {},
): Run {
  const clock = new ManualClock();
  const attempts: number[] = [];
  const results: string[] = [];
  const failures: string[] = [];
  const second = () => clock.monotonicMs() / 1_000;
  const worker = new ProbeWorker({
    kind,
    probe,
    startedAtMs: clock.wallMs(),
    clock,
    random: { next: () => 0.5 },
    initial: kind === 'liveness',
    adopted: more.adopted ?? false,
    isHeld: more.held ?? (() => false),
    attempt: async () => {
      attempts.push(second());
      return { healthy: answers(second()), output: 'no' };
    },
    onResult: (healthy) => results.push(`${healthy ? 'up' : 'down'}@${second()}`),
    onFailure: () => failures.push(`${second()}`),
  });
  const advance = async (seconds: number) => {
    for (let i = 0; i < seconds * 20; i++) {
      clock.advance(50);
      for (let turn = 0; turn < 4; turn++) await Promise.resolve();
    }
  };
  return { clock, worker, attempts, results, failures, advance };
}

const exec = { exec: { command: ['true'] } };

test('initial delay, period and thresholds', async () => {
  const probe = { ...exec, initialDelaySeconds: 5, periodSeconds: 10, successThreshold: 2, failureThreshold: 3 };
  const run = start('readiness', probe, (second) => second < 40 || second > 70);
  await run.advance(110);
  assert.deepEqual(run.attempts, [5, 15, 25, 35, 45, 55, 65, 75, 85, 95, 105]);
  assert.deepEqual(run.results, ['up@15', 'down@65', 'up@85']);
  assert.deepEqual(run.failures, ['45', '55', '65']);
  run.worker.stop();
  assert.equal(run.clock.pending, 0);
});

test('liveness gives up after its threshold, once, and then rests', async () => {
  const run = start('liveness', { ...exec, periodSeconds: 2, failureThreshold: 2 }, (second) => second < 3);
  await run.advance(30);
  assert.deepEqual(run.results, ['down@6']);
  assert.deepEqual(run.attempts, [0, 2, 4, 6]);
  assert.equal(run.clock.pending, 0);
});

test('a startup probe ends with its first success, or for good with its last failure', async () => {
  const good = start('startup', { ...exec, periodSeconds: 1, failureThreshold: 5 }, (second) => second >= 3);
  await good.advance(10);
  assert.deepEqual(good.results, ['up@3']);
  assert.equal(good.clock.pending, 0);
  const bad = start('startup', { ...exec, periodSeconds: 1, failureThreshold: 5 }, () => false);
  await bad.advance(10);
  assert.deepEqual(bad.results, ['down@4']);
  assert.equal(bad.clock.pending, 0);
});

test('a probe that is held back makes no attempt, and the first one when it is released', async () => {
  let held = true;
  const run = start('readiness', { ...exec, periodSeconds: 10 }, () => true, { held: () => held });
  await run.advance(13);
  assert.deepEqual(run.attempts, []);
  held = false;
  run.worker.release();
  await run.advance(1);
  assert.equal(run.attempts.length, 1);
  assert.ok((run.attempts[0] ?? 0) < 13.1);
  run.worker.stop();
});

test('containers that a kubelet found running are probed spread over the period', async () => {
  const run = start('liveness', { ...exec, periodSeconds: 10 }, () => true, { adopted: true });
  await run.advance(6);
  assert.deepEqual(run.attempts, [5]);
  run.worker.stop();
});

test('a server that has just started gets more chances to become ready, which count towards nothing', async () => {
  const probe = { httpGet: { port: 80 }, periodSeconds: 1, failureThreshold: 1 };
  const run = start('readiness', probe, (second) => second > 0.25);
  await run.advance(3);
  assert.deepEqual(run.attempts, [0, 0.1, 0.3, 1.3, 2.3]);
  assert.deepEqual(run.results, ['up@0.3']);
  assert.deepEqual(run.failures, []);
  run.worker.stop();
  const never = start('readiness', probe, () => false);
  await never.advance(4);
  assert.deepEqual(never.attempts, [0, 0.1, 0.3, 0.7, 1.7, 2.7, 3.7]);
  assert.deepEqual(never.failures, ['1.7', '2.7', '3.7']);
  never.worker.stop();
});
