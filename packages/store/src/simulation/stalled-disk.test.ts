import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@flotilla/base';
import type { PlainCommand } from '@flotilla/mvcc';
import { EventQueue, healthyDisk } from '@flotilla/sim';
import { Cluster } from './cluster.js';
import { request } from './connection.js';
import { Recorder } from './recorder.js';
import { bytes } from './workload.js';

const stallMs = 2_000;
/** Shorter than a stall, in which the leader's own writes wait: renewals that were asked for in time count, however late they come. */
const leaseTtlSeconds = 1;
const keepAliveEveryMs = 300;

async function startCluster() {
  const queue = new EventQueue();
  const random = seededRandom(7);
  const recorder = new Recorder(queue);
  const cluster = new Cluster({ queue, random, recorder, plant: {}, founders: 3 });
  const advance = async (byMs: number) => {
    await queue.runSettled(queue.nowMs + byMs);
    assert.equal(recorder.failure, undefined);
  };
  cluster.start();
  await advance(1_500);
  const { leader } = cluster;
  const follower = cluster.members.find((member) => member !== leader);
  assert(leader !== undefined && follower !== undefined);
  const send = (command: PlainCommand) => request(queue, random, leader, ({ service }) => service.command(command, {}));
  return { recorder, cluster, leader, follower, advance, send };
}

for (const victim of ['leader', 'follower'] as const) {
  test(`a disk of the ${victim} that stalls for two seconds costs no election and no lease`, async () => {
    const { recorder, cluster, leader, follower, advance, send } = await startCluster();
    const failures: unknown[] = [];
    const ask = (command: PlainCommand) => send(command).catch((error: unknown) => failures.push(error));
    ask({ leaseGrant: { id: 5n, ttlSeconds: leaseTtlSeconds } });
    await advance(100);
    ask({ put: { key: bytes('held'), value: bytes('v'), lease: 5n } });
    await advance(100);
    const { term } = leader.life?.node.raftStatus() ?? assert.fail('the leader runs');
    const electedMs = recorder.lastElectionMs;

    const { disk } = victim === 'leader' ? leader : follower;
    disk.faults = { ...healthyDisk, minMs: stallMs, maxMs: stallMs };
    let acknowledged = 0;
    for (let atMs = 0; atMs < 2 * stallMs; atMs += keepAliveEveryMs) {
      if (atMs >= stallMs) disk.faults = healthyDisk;
      ask({ leaseKeepAlive: { id: 5n } });
      send({ put: { key: bytes('other'), value: bytes(String(atMs)) } }).then(
        () => acknowledged++,
        (error: unknown) => failures.push(error),
      );
      await advance(keepAliveEveryMs);
      if (victim === 'follower')
        assert.equal(acknowledged, 1 + atMs / keepAliveEveryMs, `no write waits for the follower, ${atMs} ms after it stalled`);
    }
    assert.deepEqual(failures, []);
    assert.equal(acknowledged, Math.ceil((2 * stallMs) / keepAliveEveryMs));
    assert.equal(recorder.lastElectionMs, electedMs);
    for (const { life } of cluster.members) assert.equal(life?.node.raftStatus().term, term);
    assert.equal(cluster.leader, leader);
    const { kvs } = leader.life?.node.store.range({ key: bytes('held') }) ?? assert.fail('the leader runs');
    assert.equal(kvs.length, 1, 'the lease is alive');
    const told = recorder.tail.filter((line) => line.includes('slow disk: a synced write'));
    assert.equal(told.length, 1, recorder.tail.join('\n'));
  });
}
