import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { seededRandom, silentLogger } from '@flotilla/base';
import { systemClock } from '@flotilla/process';
import { type Rule, targetKey } from '../../plan/rule.js';
import { SyncLoop } from '../../sync-loop.js';
import { RangeClaim } from './range-claim.js';
import { UserspaceDataPlane } from './userspace.js';

const deps = { clock: systemClock, random: seededRandom(1), log: silentLogger };
const claimAddress = { host: '127.72.2.0', port: 10_249 };

/** What `main` builds around a data plane, for one of several nodes on this machine. */
async function startProxy(t: TestContext, rules: readonly Rule[]) {
  const claim = new RangeClaim(claimAddress, deps, () => loop.changed());
  const plane = new UserspaceDataPlane({ ...deps, servesShared: () => claim.held });
  const loop = new SyncLoop('applying rules', async () => (await plane.apply(rules)).length === 0, deps);
  await claim.start();
  loop.changed();
  const stop = async () => {
    await loop.close();
    await plane.close();
    claim.close();
  };
  t.after(stop);
  return { stop };
}

async function ask(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  const [data] = await once(socket, 'data');
  socket.destroy();
  return String(data);
}

/** The deadline is the test runner's. */
async function askUntilAnswered(host: string, port: number): Promise<string> {
  for (;;) {
    try {
      return await ask(host, port);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

test('of two proxies on one machine one serves the Services, each its own node ports, and the survivor takes over', async (t) => {
  const backend = createServer((socket) => socket.end('hello'));
  backend.listen(0, '127.72.2.9');
  await once(backend, 'listening');
  t.after(() => backend.close());
  const target = { ip: '127.72.2.9', port: (backend.address() as { port: number }).port };
  const common = {
    protocol: 'TCP',
    service: 'default/web',
    targets: [target],
    known: new Set([targetKey(target)]),
    affinityMs: undefined,
  } as const;
  const clusterIp: Rule = { ...common, kind: 'clusterIP', address: '127.72.2.1', port: 18_080 };
  const nodePort = (address: string): Rule => ({ ...common, kind: 'nodePort', address, port: 30_080 });

  const first = await startProxy(t, [clusterIp, nodePort('127.72.2.11')]);
  const second = await startProxy(t, [clusterIp, nodePort('127.72.2.12')]);
  assert.equal(await askUntilAnswered('127.72.2.1', 18_080), 'hello');
  assert.equal(await askUntilAnswered('127.72.2.11', 30_080), 'hello');
  assert.equal(await askUntilAnswered('127.72.2.12', 30_080), 'hello');
  await first.stop();
  assert.equal(await askUntilAnswered('127.72.2.1', 18_080), 'hello');
  await assert.rejects(ask('127.72.2.11', 30_080), { code: 'ECONNREFUSED' });
  await second.stop();
});
