import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { type Clock, silentLogger } from '@flotilla/base';
import { type ApplyResult, encodeCommand, StoreError } from '@flotilla/mvcc';
import { systemClock, systemRandom } from '@flotilla/process';
import {
  frameTypes,
  type KeyValueStore,
  nativePath,
  nativeProtocol,
  openDetected,
  openNative,
  readFrames,
} from '@flotilla/store-client';
import { contractSuite, failoverSuite } from '@flotilla/store-client/contract';
import { WebSocket } from 'ws';
import { LoneMember } from '../lone-member.js';
import { clientTls, serveForTest } from '../serve-for-test.test.js';

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const key = bytes('a');

const serve = (member: LoneMember, port = 0) => serveForTest({ member, port });

const connect = (endpoints: string[], clock: Clock = systemClock): KeyValueStore =>
  openNative({ endpoints, clock, random: { next: () => 0 }, log: silentLogger });

contractSuite('native', async () => {
  const { url, close } = await serve(new LoneMember());
  return { kv: connect([url]), close };
});

failoverSuite('native', twoMembers, (endpoints) => connect([...endpoints]));
failoverSuite('native, detected', twoMembers, (endpoints) =>
  openDetected({ endpoints, clock: systemClock, random: systemRandom, log: silentLogger }),
);

/** Two servers of one store stand in for a cluster in agreement. */
async function twoMembers() {
  const member = new LoneMember();
  const servers = [await serve(member), await serve(member)];
  return {
    endpoints: servers.map(({ url }) => url),
    close: async () => {
      for (const server of servers) await server.close();
    },
  };
}

/** Twenty times as fast: for tests of what takes seconds. */
const hastyClock: Clock = {
  monotonicMs: () => systemClock.monotonicMs() * 20,
  wallMs: () => systemClock.wallMs(),
  after: (delayMs, fn) => systemClock.after(delayMs / 20, fn),
};

contractSuite('native over mutual TLS', async () => {
  const { url, close } = await serveForTest({ tls: true });
  return {
    kv: openNative({ endpoints: [url], tls: clientTls, clock: systemClock, random: systemRandom, log: silentLogger }),
    close,
  };
});

test('without a certificate there is no connection', { timeout: 20_000 }, async () => {
  const { url, close } = await serveForTest({ tls: true });
  const tls = { ca: clientTls().ca };
  const kv = openNative({ endpoints: [url], tls, clock: hastyClock, random: systemRandom, log: silentLogger });
  await assert.rejects(kv.range({ key }), { code: 'unavailable' });
  await kv.close();
  await close();
});

test('beyond its quota the store takes no more until the alarm is down, and still reads and deletes', {
  timeout: 20_000,
}, async () => {
  const { url, member, close } = await serveForTest({ quotaBytes: 3_000 });
  const kv = connect([url]);
  await kv.put({ key, value: new Uint8Array(2_000) });
  const noSpace = { code: 'no-space', message: 'etcdserver: mvcc: database space exceeded' };
  await assert.rejects(kv.put({ key, value: new Uint8Array(2_000) }), noSpace);
  await assert.rejects(kv.put({ key, value: key }), noSpace);
  await assert.rejects(kv.leaseGrant(10), { code: 'no-space' });
  assert.equal((await kv.deleteRange({ key })).deleted, 1);
  await kv.compact(3);
  const alarm = { memberId: member.id, type: 'no-space' } as const;
  await member.propose(encodeCommand({ alarm: { action: 'deactivate', ...alarm } }));
  assert.equal((await kv.put({ key, value: new Uint8Array(2_000) })).revision, 4);
  await member.propose(encodeCommand({ alarm: { action: 'activate', memberId: 0n, type: 'corrupt' } }));
  await assert.rejects(kv.put({ key, value: key }), { code: 'corrupt', message: 'etcdserver: corrupt cluster' });
  await kv.close();
  await close();
});

test('a watch and its client move to another member with no gap and no duplicate', { timeout: 20_000 }, async () => {
  const member = new LoneMember(); // two servers of one store stand in for a cluster in agreement
  const servers = [await serve(member), await serve(member)];
  const kv = connect(servers.map(({ url }) => url));
  const watch = kv.watch({ key });
  await watch.created;
  const seen: number[] = [];
  const reader = (async () => {
    for await (const { revision } of watch) if (seen.push(revision) === 400) return;
  })();
  for (let i = 0; i < 400; i++) {
    // Writing past the client keeps the expectation simple: no write is lost or doubled by the failover.
    await writeDirectly(member, String(i));
    if (i === 100) await servers[0]!.close();
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await reader;
  assert.deepEqual(
    seen,
    Array.from({ length: 400 }, (_, i) => i + 2),
  );
  assert.equal((await kv.range({ key })).kvs[0]?.version, 400);
  await kv.close();
  await servers[1]!.close();
});

async function writeDirectly(member: LoneMember, value: string): Promise<void> {
  await member.propose(encodeCommand({ put: { key, value: bytes(value) } }));
}

test('a write whose answer got lost is reported as such, and not sent again', { timeout: 20_000 }, async () => {
  class Stuck extends LoneMember {
    proposals = 0;
    received: () => void = () => {};
    override propose(): Promise<ApplyResult> {
      this.proposals++;
      this.received();
      return new Promise(() => {});
    }
  }
  const stuck = new Stuck();
  const other = new LoneMember();
  const servers = [await serve(stuck), await serve(other)];
  const kv = connect(servers.map(({ url }) => url));
  const received = new Promise<void>((resolve) => {
    stuck.received = resolve;
  });
  const write = kv.put({ key, value: key });
  write.catch(() => {});
  await received;
  await servers[0]!.close();
  await assert.rejects(write, { code: 'unknown-outcome' });
  assert.equal(stuck.proposals, 1);
  assert.equal((await kv.range({ key })).count, 0, 'the other member never heard of it');
  await kv.close();
  await servers[1]!.close();
});

test('what a member refused as not executed is tried again', { timeout: 20_000 }, async () => {
  class Electing extends LoneMember {
    refusals = 3;
    override async propose(command: Uint8Array): Promise<ApplyResult> {
      if (this.refusals-- > 0) throw new StoreError('unavailable', 'etcdserver: no leader');
      return super.propose(command);
    }
  }
  const server = await serve(new Electing());
  const kv = connect([server.url]);
  assert.equal((await kv.put({ key, value: key })).revision, 2);
  await kv.close();
  await server.close();
});

test('a member without a leader is left for another one', { timeout: 20_000 }, async () => {
  class Partitioned extends LoneMember {
    override async linearizable(): Promise<void> {
      throw new StoreError('unavailable', 'etcdserver: no leader');
    }
  }
  const servers = [await serve(new Partitioned()), await serve(new LoneMember())];
  const kv = connect(
    servers.map(({ url }) => url),
    hastyClock,
  );
  assert.equal((await kv.range({ key })).count, 0);
  await kv.close();
  for (const server of servers) await server.close();
});

test('a member without a leader is left for another one, and may still answer what it was sent', {
  timeout: 20_000,
}, async () => {
  class Leaderless extends LoneMember {
    readonly held: (() => void)[] = [];
    override propose(command: Uint8Array): Promise<ApplyResult> {
      return new Promise((resolve, reject) => {
        // The first is refused after a while, as members do; the second was on its way through another leader.
        if (this.held.length > 0) this.held.push(() => resolve(super.propose(command)));
        else this.held.push(() => reject(new StoreError('unavailable', 'etcdserver: no leader')));
      });
    }
  }
  const leaderless = new Leaderless();
  const servers = [await serve(leaderless), await serve(new LoneMember())];
  const kv = connect(
    servers.map(({ url }) => url),
    hastyClock,
  );
  const writes = [kv.put({ key, value: bytes('1') }), kv.put({ key: bytes('b'), value: bytes('2') })];
  while (leaderless.held.length < 2) await new Promise((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => hastyClock.after(2_000, resolve)); // as long as a member waits for a leader
  leaderless.held[0]!();
  assert.equal((await writes[0]!).revision, 2, 'executed by the other member');
  leaderless.held[1]!();
  assert.equal((await writes[1]!).revision, 2, 'answered by the member that was left');
  assert.equal((await kv.range({ key })).count, 1);
  await kv.close();
  for (const server of servers) await server.close();
});

test('with no member in reach, a request fails with a reason, as not executed', { timeout: 20_000 }, async () => {
  const server = await serve(new LoneMember());
  await server.close();
  const kv = connect([server.url], hastyClock);
  await assert.rejects(kv.put({ key, value: key }), { code: 'unavailable', message: /no member reachable.*ECONNREFUSED/ });
  await kv.close();
});

test('a read whose answer got lost is asked elsewhere', { timeout: 20_000 }, async () => {
  class Stuck extends LoneMember {
    received: () => void = () => {};
    override linearizable(): Promise<void> {
      this.received();
      return new Promise(() => {});
    }
  }
  const stuck = new Stuck();
  const servers = [await serve(stuck), await serve(new LoneMember())];
  const kv = connect(servers.map(({ url }) => url));
  const received = new Promise<void>((resolve) => {
    stuck.received = resolve;
  });
  const read = kv.range({ key });
  await received;
  await servers[0]!.close();
  assert.equal((await read).count, 0);
  await kv.close();
  await servers[1]!.close();
});

test('too large a request is refused, and the connection lives on', { timeout: 20_000 }, async () => {
  const server = await serve(new LoneMember());
  const kv = connect([server.url]);
  const tooLarge = { code: 'too-large', message: 'etcdserver: request is too large' };
  for (const size of [3_000_000, 1_600_000]) {
    const fitting = kv.put({ key, value: key });
    await assert.rejects(kv.put({ key, value: new Uint8Array(size) }), tooLarge);
    await fitting;
  }
  assert.equal((await kv.range({ key })).kvs[0]?.version, 2);
  await kv.close();
  await server.close();
});

test('more than fits in memory is refused at once, and what was accepted is done', { timeout: 20_000 }, async () => {
  const server = await serve(new LoneMember());
  const kv = connect([server.url]);
  const value = new Uint8Array(1_000_000);
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => kv.put({ key, value })));
  const refused = outcomes.filter(
    (outcome) => outcome.status === 'rejected' && outcome.reason.code === 'too-many-requests',
  ).length;
  const done = outcomes.filter(({ status }) => status === 'fulfilled').length;
  assert.deepEqual([done, refused], [67, 33]);
  assert.equal((await kv.range({ key })).kvs[0]?.version, 67);
  await kv.close();
  await server.close();
});

test('who sends garbage is hung up on; others are not disturbed', { timeout: 20_000 }, async () => {
  const server = await serve(new LoneMember());
  const kv = connect([server.url]);
  await kv.put({ key, value: key });
  for (const garbage of [
    '00',
    '00000005ff00000001',
    '0000000500000000',
    '7fffffff0200000001',
    '00000006020000000109',
    '000000050600000001',
  ]) {
    const socket = new WebSocket(server.url.replace('http', 'ws') + nativePath, nativeProtocol);
    await once(socket, 'open');
    socket.send(Buffer.from(garbage, 'hex'));
    // A broken frame ends the connection; a whole frame with a broken command is answered with an error.
    const heard = await Promise.race([once(socket, 'close').then(([code]) => code as number), refusal(socket)]);
    assert(heard === 1002 || heard === 'refused', `${garbage}: ${heard}`);
    socket.terminate();
  }
  assert.equal((await kv.range({ key })).count, 1);
  await kv.close();
  await server.close();
});

function refusal(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      for (const { type } of readFrames(data as Buffer)) if (type === frameTypes.error) resolve('refused');
    });
  });
}

test('a port that is taken is one clear error', async () => {
  const server = await serve(new LoneMember());
  await assert.rejects(serve(new LoneMember(), server.port), {
    name: 'ConfigError',
    message: `listen tcp 127.0.0.1:${server.port}: bind: address already in use`,
  });
  await server.close();
});
