import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Rule, type Target, targetKey } from '../plan/rule.js';
import type { DataPlane } from './data-plane.js';

/** Where the suite may put services and backends; all addresses must be local to the machine. */
export interface ContractAddresses {
  readonly service: string;
  readonly backend: string;
}

/** The promises of `DataPlane`, tried on real sockets. */
export function testDataPlane(name: string, addresses: ContractAddresses, start: () => DataPlane): void {
  const setUp = (t: TestContext) => {
    const plane = start();
    t.after(() => plane.close());
    return plane;
  };
  const rule = (port: number, targets: readonly Target[], more: Partial<Rule> = {}): Rule => ({
    kind: 'clusterIP',
    protocol: 'TCP',
    address: addresses.service,
    port,
    service: 'default/web',
    targets,
    known: new Set(targets.map(targetKey)),
    affinityMs: undefined,
    ...more,
  });

  test(`${name}: connections go to every target in turn`, async (t) => {
    const plane = setUp(t);
    const backends = await Promise.all(['a', 'b', 'c'].map((answer) => startBackend(t, addresses.backend, answer)));
    assert.deepEqual(await plane.apply([rule(18_001, backends)]), []);
    const answers: string[] = [];
    for (let i = 0; i < 6; i++) answers.push(await ask(addresses.service, 18_001));
    assert.deepEqual(answers.sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
  });

  test(`${name}: a target that refuses is passed over`, async (t) => {
    const plane = setUp(t);
    const alive = await startBackend(t, addresses.backend, 'alive');
    const dead = { ip: addresses.backend, port: 1 };
    await plane.apply([rule(18_002, [dead, alive])]);
    for (let i = 0; i < 4; i++) assert.equal(await ask(addresses.service, 18_002), 'alive');
  });

  test(`${name}: a rule without targets refuses, one that is gone too, and both may come back`, async (t) => {
    const plane = setUp(t);
    const backend = await startBackend(t, addresses.backend, 'back');
    const states = [[rule(18_003, [backend])], [rule(18_003, [])], [rule(18_003, [backend])], [], [rule(18_003, [backend])]];
    for (const rules of states) {
      assert.deepEqual(await plane.apply(rules), []);
      if ((rules[0]?.targets.length ?? 0) > 0) assert.equal(await ask(addresses.service, 18_003), 'back');
      else await assert.rejects(ask(addresses.service, 18_003), { code: 'ECONNREFUSED' });
    }
  });

  test(`${name}: established connections stay with a known endpoint and are closed when it is gone`, async (t) => {
    const plane = setUp(t);
    const old = await startBackend(t, addresses.backend, undefined);
    const young = await startBackend(t, addresses.backend, 'young');
    await plane.apply([rule(18_004, [old])]);
    const socket = await open(addresses.service, 18_004);
    const echo = async (text: string) => {
      socket.write(text);
      assert.equal(String((await once(socket, 'data'))[0]), text);
    };
    await echo('before');
    await plane.apply([rule(18_004, [young], { known: new Set([targetKey(old), targetKey(young)]) })]);
    await echo('after');
    assert.equal(await ask(addresses.service, 18_004), 'young');
    const closed = new Promise((resolve) => socket.once('error', resolve));
    await plane.apply([rule(18_004, [young])]);
    assert.match(String(await closed), /ECONNRESET/);
  });

  test(`${name}: with affinity a client stays with its target`, async (t) => {
    const plane = setUp(t);
    const backends = await Promise.all(['a', 'b', 'c'].map((answer) => startBackend(t, addresses.backend, answer)));
    await plane.apply([rule(18_008, backends, { affinityMs: 60_000 })]);
    const answers = new Set<string>();
    for (let i = 0; i < 6; i++) answers.add(await ask(addresses.service, 18_008));
    assert.equal(answers.size, 1);
  });

  test(`${name}: applying the same rules again disturbs nobody`, async (t) => {
    const plane = setUp(t);
    const backend = await startBackend(t, addresses.backend, undefined);
    await plane.apply([rule(18_009, [backend])]);
    const socket = await open(addresses.service, 18_009);
    for (const text of ['one', 'two', 'three']) {
      socket.write(text);
      assert.equal(String((await once(socket, 'data'))[0]), text);
      await plane.apply([rule(18_009, [backend])]);
    }
    socket.destroy();
  });

  test(`${name}: an address that cannot be had is reported, and the others work`, async (t) => {
    const plane = setUp(t);
    const backend = await startBackend(t, addresses.backend, 'fine');
    const failures = await plane.apply([rule(18_005, [backend], { address: '203.0.113.1' }), rule(18_006, [backend])]);
    assert.deepEqual(
      failures.map((failure) => failure.rule.port),
      [18_005],
    );
    assert.equal(await ask(addresses.service, 18_006), 'fine');
  });

  test(`${name}: datagrams find a target and their way back`, async (t) => {
    const plane = setUp(t);
    const targets = await Promise.all(['a', 'b'].map((answer) => startUdpBackend(t, addresses.backend, answer)));
    assert.deepEqual(await plane.apply([rule(18_007, targets, { protocol: 'UDP' })]), []);
    const answers = await Promise.all([1, 2].map(() => askUdp(t, addresses.service, 18_007, 'hi')));
    assert.deepEqual(answers.sort(), ['a hi', 'b hi']);
  });
}

/** Answers every connection with a text and FIN, or echoes when there is none. */
async function startBackend(t: TestContext, host: string, answer: string | undefined): Promise<Target> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (answer === undefined) socket.pipe(socket);
    else socket.end(answer);
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { ip: host, port: (server.address() as { port: number }).port };
}

async function startUdpBackend(t: TestContext, host: string, answer: string): Promise<Target> {
  const socket = createSocket('udp4');
  socket.on('message', (text, from) => socket.send(`${answer} ${text}`, from.port, from.address));
  socket.bind(0, host);
  await once(socket, 'listening');
  t.after(() => socket.close());
  return { ip: host, port: socket.address().port };
}

async function open(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  return socket;
}

async function ask(host: string, port: number): Promise<string> {
  const socket = await open(host, port);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function askUdp(t: TestContext, host: string, port: number, text: string): Promise<string> {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.send(text, port, host);
  const [answer] = await once(socket, 'message');
  return String(answer);
}
