import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusErrors } from '@flotilla/api';
import { createMetrics } from '@flotilla/process';
import { AdmissionChain, type AdmissionPlugin, type AdmissionReads, type AdmissionRequest } from './admission.js';
import { admissionMetrics } from './admission-metrics.js';

/** A clock that a plugin can set forward. */
function steppedClock() {
  let nowMs = 0;
  return { monotonicMs: () => nowMs, wallMs: () => nowMs, after: () => () => {}, pass: (ms: number) => (nowMs += ms) };
}

test('plugins, steps and refusals are counted with how long they took', async () => {
  const metrics = createMetrics();
  const clock = steppedClock();
  const plugins: readonly AdmissionPlugin[] = [
    { name: 'Slow', handles: () => true, mutate: () => void clock.pass(200), validate: () => void clock.pass(1) },
    { name: 'Elsewhere', handles: () => false, validate: () => assert.fail('it handles nothing') },
    {
      name: 'Strict',
      handles: () => true,
      async validate() {
        clock.pass(30);
        throw statusErrors.badRequest('no');
      },
    },
  ];
  const chain = new AdmissionChain(plugins, {} as AdmissionReads, clock, admissionMetrics(metrics));
  const request = { operation: 'CREATE' } as AdmissionRequest;
  await chain.mutate(request);
  await assert.rejects(chain.validate(request), /no/);
  const text = await metrics.registry.metrics();
  const of = (what: string, labels: string) => {
    const line = new RegExp(`^apiserver_admission_${what}_admission_duration_seconds_sum\\{${labels}\\} (\\S+)$`, 'm').exec(text);
    return line === null ? undefined : Number(line[1]);
  };
  assert.equal(of('controller', 'name="Slow",type="admit",operation="CREATE",rejected="false"'), 0.2);
  assert.equal(of('controller', 'name="Slow",type="validate",operation="CREATE",rejected="false"'), 0.001);
  assert.equal(of('controller', 'name="Strict",type="validate",operation="CREATE",rejected="true"'), 0.03);
  assert.equal(of('step', 'type="admit",operation="CREATE",rejected="false"'), 0.2);
  assert.equal(of('step', 'type="validate",operation="CREATE",rejected="true"'), 0.031);
  assert.doesNotMatch(text, /Elsewhere/);
  assert.match(text, /controller_admission_duration_seconds_bucket\{name="Slow",[^}]*type="admit"[^}]*le="0.5"\} 1/);
});

test('webhooks are counted by what they answered, and why a request was refused', async () => {
  const metrics = createMetrics();
  const counted = admissionMetrics(metrics);
  const call = { name: 'a.example', phase: 'validate', operation: 'UPDATE', seconds: 0.2 } as const;
  counted.webhook({ ...call, code: 200, refusal: undefined });
  counted.webhook({ ...call, code: 403, refusal: 'no_error' });
  counted.webhook({ ...call, code: 500, refusal: 'calling_webhook_error' });
  counted.failedOpen('b.example', 'admit');
  const text = await metrics.registry.metrics();
  const own = 'name="a.example",type="validating",operation="UPDATE"';
  for (const line of [
    `apiserver_admission_webhook_request_total{${own},code="200",rejected="false"} 1`,
    `apiserver_admission_webhook_request_total{${own},code="403",rejected="true"} 1`,
    `apiserver_admission_webhook_request_total{${own},code="500",rejected="true"} 1`,
    `apiserver_admission_webhook_rejection_count{${own},error_type="no_error",rejection_code="403"} 1`,
    `apiserver_admission_webhook_rejection_count{${own},error_type="calling_webhook_error",rejection_code="0"} 1`,
    'apiserver_admission_webhook_fail_open_count{name="b.example",type="admit"} 1',
    `apiserver_admission_webhook_admission_duration_seconds_count{${own},rejected="true"} 2`,
  ])
    assert.ok(text.includes(`${line}\n`), line);
});
