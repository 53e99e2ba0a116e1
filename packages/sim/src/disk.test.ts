import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@flotilla/base';
import { Disk, EventQueue, Host, SimDatabase, SimFiles } from './index.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const text = (found: Uint8Array | undefined) => (found === undefined ? undefined : Buffer.from(found).toString());

function machine(seed: number) {
  const queue = new EventQueue();
  const host = new Host(queue);
  host.start();
  const disk = new Disk(queue, seededRandom(seed), host);
  const files = new SimFiles(disk);
  const database = new SimDatabase(disk);
  const run = async <T>(work: Promise<T>): Promise<T> => {
    await queue.runSettled(queue.nowMs + 1_000);
    return work;
  };
  return { queue, host, disk, files, database, run };
}

test('a crash keeps what was synced, and of the rest some beginning, perhaps with holes', async () => {
  const kept = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) {
    const { files, run } = machine(seed);
    const file = await run(files.create('log'));
    await run(file.append(bytes('synced')));
    await run(file.sync());
    await run(files.syncFolder());
    await run(file.append(bytes('lost')));
    files.crash();
    const left = text(await run(files.read('log'))) ?? '';
    assert.ok('syncedlost'.startsWith(left) && left.startsWith('synced'), left);
    kept.add(left);
  }
  assert.ok(kept.size > 3, 'now more, now less is left');
});

test('a name that the folder was not synced with may be gone', async () => {
  const names = new Set<number>();
  for (let seed = 1; seed <= 20; seed++) {
    const { files, run } = machine(seed);
    await run(files.create('log'));
    files.crash();
    names.add((await run(files.list())).length);
  }
  assert.deepEqual([...names].sort(), [0, 1]);
});

test('a batch of the database is there whole or not at all', async () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const { database, queue, run } = machine(seed);
    await run(database.write([{ type: 'put', key: bytes('a'), value: bytes('1') }]));
    const put = (key: string) => ({ type: 'put' as const, key: bytes(key), value: bytes('2') });
    const late = database.write([put('a'), put('b')]);
    late.catch(assert.fail);
    database.crash();
    await queue.runSettled(queue.nowMs + 1);
    outcomes.add(`${text(database.getSync(bytes('a')))} ${text(database.getSync(bytes('b')))}`);
  }
  assert.deepEqual([...outcomes].sort(), ['1 undefined', '2 2']);
});

test('a full disk takes nothing, and says why', async () => {
  const { disk, files, database, run } = machine(1);
  const file = await run(files.create('log'));
  disk.freeBytes = 0;
  const attempts = [file.append(bytes('x')), database.write([{ type: 'del', key: bytes('a') }])];
  await run(Promise.allSettled(attempts));
  for (const attempt of attempts) await assert.rejects(attempt, { code: 'ENOSPC' });
});

test('the power goes at the chosen step, and the call never returns', async () => {
  for (const phase of ['before', 'during', 'after'] as const) {
    const { disk, host, files, run, queue } = machine(1);
    const file = await run(files.create('log'));
    await run(files.syncFolder());
    disk.crashAt(2, phase, () => {
      host.kill();
      files.crash();
    });
    let returned = 0;
    const count = () => returned++;
    file.append(bytes('x')).then(() => {
      count();
      return file.sync().then(count);
    });
    await queue.runSettled(queue.nowMs + 1_000);
    assert.equal(returned, 1, phase);
    assert.equal(host.running, false);
    host.start();
    if (phase === 'after') assert.equal(text(await run(files.read('log'))), 'x');
  }
});

test('a flipped bit is one bit of what was synced', async () => {
  const { files, run } = machine(7);
  const file = await run(files.create('log'));
  await run(file.append(bytes('aaaa')));
  assert.equal(files.flipBit(), undefined, 'nothing is synced yet');
  await run(file.sync());
  await run(files.syncFolder());
  assert.match(files.flipBit() ?? '', /^log at byte \d of 4$/);
  const damaged = await run(files.read('log'));
  const bits = [...damaged].reduce((sum, byte) => sum + ((byte ^ 0x61).toString(2).match(/1/g)?.length ?? 0), 0);
  assert.equal(bits, 1);
});
