import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, silentLogger } from '@flotilla/base';
import { MvccStore } from '@flotilla/mvcc';
import { Disk, EventQueue, Host, SimDatabase, SimFiles } from '@flotilla/sim';
import type { Backend } from '../member.js';
import { DamagedValueError } from '../node/checked-value.js';
import { DiskReserve } from '../node/disk-reserve.js';
import { stateKey } from '../node/keys.js';
import { openDisk } from '../node/open-disk.js';
import { SnapshotService } from '../node/snapshot-service.js';
import type { SnapshotStream } from '../node/transport.js';

/** What the simulation has found, each as the shortest way to it. */

function machine() {
  const queue = new EventQueue();
  const host = new Host(queue);
  host.start();
  const disk = new Disk(queue, seededRandom(1), host);
  const [files, database] = [new SimFiles(disk), new SimDatabase(disk)];
  const members = [1n, 2n].map((id) => ({ id, name: `n${id}`, peerUrls: [`sim://${id}`], clientUrls: [], isLearner: false }));
  const bootstrap = { memberId: 1n, clusterId: 9n, name: 'n1', initialMembers: members };
  const openMachine = (backend: Backend) => MvccStore.open(backend, { defer: setImmediate });
  const run = async <T>(work: Promise<T>): Promise<T> => {
    work.catch(() => {}); // looked at below
    await queue.runSettled(queue.nowMs + 1_000);
    return work;
  };
  const parts = { dataDir: 'of n1', files, database, log: silentLogger };
  const open = () => run(openDisk(parts, { bootstrap, forceNewCluster: false, openMachine, reserveBytes: 10 }));
  return { files, database, host, open, run };
}

test('a member that has voted and lost its log does not begin anew (3 members, seed 1034 of November 2026)', async () => {
  const { files, open, run } = machine();
  const { storage } = await open();
  const hardState = { term: 3, vote: 1n, commit: 1 };
  await run(storage.persist({ hardState, voted: true, snapshot: undefined, entries: [], messages: [] }));
  for (const name of await run(files.list())) if (name.endsWith('.wal')) await run(files.remove(name));
  await assert.rejects(open(), { name: 'ConfigError', message: /has a database but no write-ahead log/ });
});

test('two writes that find the disk no longer full make one reserve', async () => {
  const { files, run } = machine();
  const reserve = await run(DiskReserve.open(files, 10));
  await run(reserve.release());
  let made = 0;
  const create = files.create.bind(files);
  files.create = (name) => {
    made++;
    return create(name);
  };
  await run(Promise.all([reserve.restore(), reserve.restore()]));
  assert.equal(made, 1);
  assert.equal(reserve.held, true);
});

test('a leader whose state is damaged stops, instead of sending a snapshot that fails for ever', async () => {
  const { database, host, open, run } = machine();
  const { storage } = await open();
  const damagedKey = stateKey(storage.state.generation, Buffer.from('r'));
  await run(database.write([{ type: 'put', key: damagedKey, value: Buffer.from('no checksum') }]));
  let closed = false;
  const stream: SnapshotStream = {
    send: async () => {},
    receive: async () => 'ok',
    close: () => {
      closed = true;
    },
  };
  let stopped: unknown;
  storage.state.onDamage = (error) => {
    stopped = error;
  };
  const sent = new Promise<boolean>((resolve) => {
    const service = new SnapshotService({
      ...{ storage, clock: host.clock, log: silentLogger, open: async () => stream, busy: () => false },
      onSent: (_to, succeeded) => resolve(succeeded),
      onReceived: () => {},
    });
    const snapshot = { index: 1, term: 1, conf: storage.membership.conf };
    service.send({ type: 'snapshot', from: 1n, to: 2n, term: 1, snapshot });
  });
  assert.equal(await run(sent), false);
  assert.ok(stopped instanceof DamagedValueError);
  assert.equal(closed, true);
});
