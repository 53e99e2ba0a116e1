import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@flotilla/base';
import { IpCommandError } from './ip-command.js';
import { parseRoutes, RouteTable } from './route-table.js';

function setUp(present: readonly object[], failing = '') {
  const ran: string[] = [];
  const table = new RouteTable(async (args) => {
    const line = args.join(' ');
    if (line.startsWith('-j -4')) return JSON.stringify(present);
    if (line.startsWith('-j -6')) return '';
    ran.push(line);
    if (failing !== '' && line.includes(failing)) throw new IpCommandError('RTNETLINK answers: Network is unreachable');
    return '';
  }, silentLogger);
  return { table, ran };
}

test('only differences are applied, stale routes first, all under our tag', async () => {
  const { table, ran } = setUp([
    { dst: '10.244.2.0/24', gateway: '192.0.2.2' },
    { dst: '10.244.3.0/24', gateway: '192.0.2.3' },
    { dst: '10.244.9.0/24', gateway: '192.0.2.9' },
  ]);
  await table.sync([
    { destination: '10.244.2.0/24', via: '192.0.2.2' },
    { destination: '10.244.3.0/24', via: '192.0.2.33' },
    { destination: 'fd00:4::/64', via: 'fd00::4' },
  ]);
  assert.deepEqual(ran, [
    '-4 route del 10.244.9.0/24 via 192.0.2.9 proto 70',
    '-4 route replace 10.244.3.0/24 via 192.0.2.33 proto 70',
    '-6 route add fd00:4::/64 via fd00::4 proto 70',
  ]);
});

test('a route that fails does not keep the others from being set', async () => {
  const { table, ran } = setUp([], '10.244.2.0/24');
  const wanted = ['10.244.2.0/24', '10.244.3.0/24'].map((destination) => ({ destination, via: '192.0.2.2' }));
  await assert.rejects(table.sync(wanted), /Network is unreachable/);
  assert.equal(ran.length, 2);
});

test('a route of somebody else is left alone, and is no failure', async () => {
  const table = new RouteTable(async (args) => {
    if (args.includes('add')) throw new IpCommandError('ip -4 route add …: RTNETLINK answers: File exists');
    return '';
  }, silentLogger);
  await table.sync([{ destination: '10.244.2.0/24', via: '192.0.2.2' }]);
});

test("iproute2's listing is understood, single hosts too", () => {
  const text = '[{"dst":"10.244.2.5","gateway":"192.0.2.2","dev":"eth0","flags":[]},{"dst":"default","dev":"eth0"}]';
  assert.deepEqual(parseRoutes(text), [{ destination: '10.244.2.5/32', via: '192.0.2.2' }]);
  assert.deepEqual(parseRoutes(''), []);
});
