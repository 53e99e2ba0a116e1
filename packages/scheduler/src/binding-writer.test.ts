import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Persisted, type Pod, statusErrors } from '@flotilla/api';
import { ManualClock, seededRandom } from '@flotilla/base';
import { ConnectionError } from '@flotilla/client';
import { bindingWriter } from './binding-writer.js';
import { makePod, placed } from './testing/objects.js';

const pod = makePod('p');
const lost = new ConnectionError('https://api', true, new Error('socket hang up'));
const unsent = new ConnectionError('https://api', false, new Error('connect ECONNREFUSED'));
const conflict = statusErrors.conflict({ group: '', resource: 'pods/binding' }, 'p', 'pod p is already assigned to node "n1"');
const gone = statusErrors.notFound({ group: '', resource: 'pods' }, 'p');

/** Plays the API server's answers to the POSTs in turn; undefined is success. @returns what the writer made of them */
async function write(answers: readonly (Error | undefined)[], found: Persisted<Pod> = pod) {
  const clock = new ManualClock();
  const left = [...answers];
  const write = bindingWriter(
    {
      async post(binding) {
        assert.equal(binding.metadata.uid, pod.metadata.uid);
        assert.equal(binding.target.name, 'n1');
        const answer = left.shift();
        if (answer !== undefined) throw answer;
      },
      get: async () => found,
    },
    { clock, random: seededRandom(1) },
  );
  let outcome: string | undefined;
  write(pod, 'n1', new AbortController().signal).then(
    () => {
      outcome = 'bound';
    },
    (error: Error) => {
      outcome = error.message;
    },
  );
  while (outcome === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5_000);
  }
  assert.equal(clock.pending, 0);
  return { outcome, posts: answers.length - left.length };
}

for (const [title, answers, found, expected] of [
  ['success is success', [undefined], pod, { outcome: 'bound', posts: 1 }],
  ['a request that nobody saw has failed', [unsent], pod, { outcome: unsent.message, posts: 1 }],
  ['a refusal is final', [conflict], placed(pod, 'n1'), { outcome: conflict.message, posts: 1 }],
  ['a lost answer is asked for again', [lost, lost, undefined], pod, { outcome: 'bound', posts: 3 }],
  ['a conflict after a lost answer may be our own success', [lost, conflict], placed(pod, 'n1'), { outcome: 'bound', posts: 2 }],
  ["or somebody else's", [lost, conflict], placed(pod, 'n2'), { outcome: conflict.message, posts: 2 }],
  ['or about a pod that has the name now', [lost, conflict], placed(makePod('p'), 'n1'), { outcome: conflict.message, posts: 2 }],
  ['once in doubt, no failure to connect ends the doubt', [lost, unsent, undefined], pod, { outcome: 'bound', posts: 3 }],
  ['a pod that is gone is not bound', [lost, gone], pod, { outcome: gone.message, posts: 2 }],
] as const) {
  test(title, async () => assert.deepEqual(await write(answers, found), expected));
}
