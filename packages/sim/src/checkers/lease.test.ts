import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommand, type PlainCommand } from '@flotilla/mvcc';
import { checkLeases, type TimedCommand } from './lease.js';

const limits = { clockRateMax: 1.1, clockRateMin: 0.9, graceMs: 1_000 };
const log = (...entries: (readonly [number, PlainCommand])[]): TimedCommand[] =>
  entries.map(([atMs, command], index) => ({ index, atMs, command: encodeCommand(command) }));

const grant: PlainCommand = { leaseGrant: { id: 7n, ttlSeconds: 10 } };
const keepAlive: PlainCommand = { leaseKeepAlive: { id: 7n } };
const expire = (renewals: number): PlainCommand => ({ leaseExpire: { id: 7n, renewals } });

const cases: readonly (readonly [string, RegExp | undefined, readonly TimedCommand[], number])[] = [
  ['after its time', undefined, log([0, grant], [10_000, expire(0)]), 60_000],
  ['by the fastest clock', undefined, log([0, grant], [9_091, expire(0)]), 60_000],
  ['too early', /expired after/, log([0, grant], [9_000, expire(0)]), 60_000],
  ['too early after a renewal', /expired after/, log([0, grant], [5_000, keepAlive], [10_000, expire(1)]), 60_000],
  [
    'an expiry that a renewal made void',
    undefined,
    log([0, grant], [5_000, keepAlive], [5_001, expire(0)], [15_000, expire(1)]),
    60_000,
  ],
  ['a revoked one', undefined, log([0, grant], [1, { leaseRevoke: { id: 7n } }]), 60_000],
  ['never', /should have expired/, log([0, grant]), 60_000],
  ['not yet', undefined, log([0, grant]), 12_000],
];
for (const [name, promise, commands, endMs] of cases) {
  test(`a lease expires: ${name}`, () => {
    const check = () => checkLeases(commands, 0, endMs, limits);
    if (promise === undefined) check();
    else assert.throws(check, promise);
  });
}
