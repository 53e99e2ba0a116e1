import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backend, type CheckResult } from './backend.js';
import { Pool } from './pool.js';

const outcomes: Record<string, CheckResult['outcome']> = { '+': 'ok', '-': 'unready', x: 'unreachable' };

function observe(backend: Backend, checks: string): string {
  return [...checks]
    .map((char) => {
      if (char === '!') backend.eject('connect ECONNREFUSED', 0);
      else backend.observe({ outcome: outcomes[char]!, detail: '', latencyMs: 1 }, 0);
      return backend.dead ? 'D' : { unknown: '?', up: 'u', down: 'd' }[backend.state];
    })
    .join('');
}

const backend = (port = 1) => new Backend({ host: '127.0.0.1', port }, { fall: 3, rise: 2 }, 0);

for (const [title, checks, states] of [
  ['the first check decides at once', '+', 'u'],
  ['the first failure too', 'x', 'd'],
  ['three failures in a row take it out', '+--+---', 'uuuuuud'],
  ['the first success of a backend that was never up is enough', 'xx+', 'ddu'],
  ['afterwards two successes put it back', '+---+-++', 'uuuddddu'],
  ['a refused connect ejects at once, and kills nothing', '+!', 'ud'],
  ['a streak of unreachable checks is death', '+xxx', 'uuuD'],
  ['a backend that answers is never dead', '+---x-', 'uuuddd'],
  ['after an ejection, checks still decide about death', '+!xxx+', 'udddDd'],
] as const) {
  test(title, () => {
    assert.equal(observe(backend(), checks), states);
  });
}

test('least connections prefers the emptier, and alternates between equals', () => {
  const [a, b, c] = [backend(1), backend(2), backend(3)];
  for (const each of [a, b, c]) observe(each, '+');
  const pool = new Pool([a, b, c], 'leastconn');
  assert.deepEqual(
    [1, 2, 3, 4].map(() => pool.pick(new Set())?.port),
    [1, 2, 3, 1],
  );
  const connection = { bytesFromClient: 0, bytesFromBackend: 0, reset() {} };
  b.connections.add(connection);
  assert.deepEqual(
    [1, 2, 3].map(() => pool.pick(new Set())?.port),
    [3, 1, 3],
  );
});

test('round robin ignores load, skips the fallen, and falls back to unknown, then to down', () => {
  const [a, b, c] = [backend(1), backend(2), backend(3)];
  observe(a, 'x');
  observe(b, '+');
  const pool = new Pool([a, b, c], 'roundrobin');
  const tried = new Set<Backend>();
  const order: (number | undefined)[] = [];
  for (let picked = pool.pick(tried); picked !== undefined; picked = pool.pick(tried)) {
    tried.add(picked);
    order.push(picked.port);
  }
  assert.deepEqual(order, [2, 3, 1]);
});
