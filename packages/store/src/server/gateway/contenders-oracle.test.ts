import assert from 'node:assert/strict';
import test from 'node:test';
import { serveForTest } from '../serve-for-test.test.js';
import { etcdFound, startEtcd } from '../start-etcd.test.js';

/* The same locks and elections in a real etcd and in our store: the answers have to be the same. */

const b64 = (text: string) => Buffer.from(text).toString('base64');
const leaderOf = (lease: number, rev: number) => ({ name: b64('E'), key: b64(`E/${lease.toString(16)}`), rev, lease });
const lock = (lease: number) => ['/v3/lock/lock', { name: b64('L'), lease }] as const;
const campaign = (lease: number, value: string) =>
  ['/v3/election/campaign', { name: b64('E'), lease, value: b64(value) }] as const;
const proclaim = (leader: object, value: string) => ['/v3/election/proclaim', { leader, value: b64(value) }] as const;
const keysOf = (name: string) => ['/v3/kv/range', { key: b64(`${name}/`), range_end: b64(`${name}0`) }] as const;

type Step = readonly [path: string, body: object];

interface Waiting {
  readonly background: Step;
  /** Shows `count` keys once it has entered the line. */
  readonly entered: Step;
  readonly count: number;
}

/** What is done in turn. A step in the background is answered when a later one lets it; `answered` waits for the oldest. */
const steps: readonly (Step | Waiting | 'answered')[] = [
  ...[171, 172, 173].map((ID): Step => ['/v3/lease/grant', { TTL: 100, ID }]),
  ...[lock(171), keysOf('L'), lock(171), lock(99), lock(-5)],
  ['/v3/lock/lock', { name: '', lease: 171 }],
  { background: lock(172), entered: keysOf('L'), count: 2 },
  { background: lock(173), entered: keysOf('L'), count: 3 },
  ['/v3/lock/unlock', { key: b64('L/ab') }],
  'answered',
  ['/v3/lock/unlock', { key: b64('L/none') }],
  ['/v3/lock/unlock', { key: '' }],
  ['/v3/lease/revoke', { ID: 172 }],
  'answered',
  ['/v3/lease/grant', { TTL: 100, ID: 172 }],
  ['/v3/election/leader', { name: b64('E') }],
  ...[campaign(171, 'one'), campaign(171, 'one'), campaign(171, 'uno'), campaign(99, 'no'), keysOf('E')],
  ['/v3/election/leader', { name: b64('E') }],
  ['/v3/election/proclaim', { value: b64('x') }],
  ...[proclaim(leaderOf(171, 8), 'eins'), proclaim(leaderOf(171, 2), 'eins'), proclaim(leaderOf(99, 8), 'eins')],
  ['/v3/election/resign', {}],
  { background: campaign(172, 'two'), entered: keysOf('E'), count: 2 },
  ['/v3/election/resign', { leader: leaderOf(171, 2) }],
  ['/v3/election/resign', { leader: leaderOf(171, 8) }],
  ['/v3/election/resign', { leader: leaderOf(171, 8) }],
  'answered',
  ['/v3/election/leader', { name: b64('E') }],
];

test('locks and elections answer what etcd’s answer', { timeout: 30_000, skip: etcdFound ? false : 'no etcd' }, async () => {
  const etcd = await startEtcd();
  const ours = await serveForTest();
  try {
    const [theirs, own] = await Promise.all([play(etcd.url), play(ours.url)]);
    assert.deepEqual(own, theirs);
    assert.ok(theirs.filter((answer) => answer.includes(' 200 ')).length > 20);
  } finally {
    await ours.close();
    await etcd.stop();
  }
});

async function play(url: string): Promise<string[]> {
  const answers: string[] = [];
  const background: Promise<string>[] = [];
  for (const step of steps) {
    if (step === 'answered') answers.push((await background.shift()) ?? assert.fail());
    else if (!('background' in step)) answers.push(await post(url, step));
    else {
      background.push(post(url, step.background));
      while (!(await post(url, step.entered)).includes(`"count":"${step.count}"`));
    }
  }
  return answers;
}

async function post(url: string, [path, body]: Step): Promise<string> {
  const response = await fetch(url + path, { method: 'POST', body: JSON.stringify(body) });
  const text = (await response.text()).replace(/"(cluster_id|member_id|raft_term)":"\d+",?/g, '').replaceAll(',}', '}');
  return `${path} ${response.status} ${text}`;
}
