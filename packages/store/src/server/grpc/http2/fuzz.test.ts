import assert from 'node:assert/strict';
import test from 'node:test';
import { pick, type Random, randomInt, seededRandom } from '@flotilla/base';
import { frameFlags as flags, frameTypes as types } from './frames.js';
import { encodeHeaders } from './hpack-encoder.js';
import { data, frame, headers, post, preface, ScriptedClient, settings, uint32 } from './scripted-client.test.js';

const seed = Number(process.env['SEED'] ?? 1);
const status = encodeHeaders([[':status', '200']]);
const trailers = encodeHeaders([['grpc-status', '0']]);

/** Frames as a sound client sends them. */
function session(random: Random): Buffer[] {
  const frames: Buffer[] = [settings([4, randomInt(random, 0, 100_000)], [5, randomInt(random, 16_384, 60_000)])];
  let next = 1;
  for (let i = randomInt(random, 1, 12); i > 0; i--) {
    const id = next;
    const some = Buffer.alloc(randomInt(random, 0, 300), 'x');
    const make = pick(random, [
      () => [headers(id, [...post, ['x-key', some.toString()]]), data(id, some), data(id, some, flags.endStream)],
      () => [headers(id, post, flags.endHeaders | flags.endStream), frame(types.windowUpdate, 0, id, uint32(5_000))],
      () => [
        frame(types.headers, 0, id, encodeHeaders(post).subarray(0, 9)),
        frame(types.continuation, 4, id, encodeHeaders(post).subarray(9)),
      ],
      () => [headers(id), frame(types.rstStream, 0, id, uint32(8))],
      () => [headers(id), frame(types.data, flags.padded | flags.endStream, id, Buffer.from('\x02lacks 70000\0\0'))],
      () => [frame(types.ping, 0, 0, Buffer.alloc(8)), frame(types.windowUpdate, 0, 0, uint32(70_000)), settings()],
    ]);
    frames.push(...make());
    next += 2;
  }
  return frames;
}

/** Breaks one thing: a bit, a byte, a length, the order … */
function mutate(random: Random, frames: Buffer[]): void {
  const at = randomInt(random, 0, frames.length);
  const victim = Buffer.from(frames[at]!);
  const noise = () => Buffer.from(Array.from({ length: randomInt(random, 0, 60) }, () => randomInt(random, 0, 256)));
  pick(random, [
    () => {
      victim[randomInt(random, 0, victim.length)]! ^= 1 << randomInt(random, 0, 8);
      frames[at] = victim;
    },
    () => void frames.splice(at, 1, victim.subarray(0, randomInt(random, 0, victim.length))),
    () => void frames.splice(at, 1),
    () => void frames.splice(at, 0, frames[randomInt(random, 0, frames.length)]!),
    () => void frames.splice(at, 0, frame(randomInt(random, 0, 12), randomInt(random, 0, 256), randomInt(random, 0, 9), noise())),
    () => void frames.splice(at, 0, noise()),
  ])();
}

/** Answers requests in one of the ways there are. */
function answer(random: Random, client: ScriptedClient): void {
  if (client.requests.length === 0) return;
  const { stream } = pick(random, client.requests);
  const some = Buffer.alloc(randomInt(random, 0, 40_000), 'y');
  pick(random, [
    () => stream.answer(status, some, trailers),
    () => void stream.write(some),
    () => stream.end(trailers),
    () => stream.reset(8),
    () => client.connection.drain(),
    () => {},
  ])();
}

function play(random: Random, frames: readonly Buffer[]): ScriptedClient {
  const client = new ScriptedClient(preface);
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.length; ) {
    const size = pick(random, [1, 3, 9, 30, 1_000, 100_000]);
    client.send(bytes.subarray(at, at + size));
    at += size;
    if (randomInt(random, 0, 3) === 0) answer(random, client);
    client.said(); // checks that it is whole frames, and headers that decode
  }
  return client;
}

test('sound sessions are served, however they are cut', () => {
  for (let run = 0; run < 300; run++) {
    const random = seededRandom(seed * 1_000 + run);
    const client = play(random, session(random));
    assert.equal(client.error, undefined, `SEED=${seed}, run ${run}`);
  }
});

test('whatever a client sends, the connection ends in order or goes on', () => {
  let ended = 0;
  for (let run = 0; run < 3_000; run++) {
    const random = seededRandom(seed * 100_000 + run);
    const frames = session(random);
    for (let i = randomInt(random, 1, 4); i > 0; i--) if (frames.length > 0) mutate(random, frames);
    const client = play(random, frames);
    if (client.ended) ended++;
    client.connection.abandon();
    for (const { events } of client.requests) {
      assert.equal(events.filter((event) => event === 'closed').length, 1, `SEED=${seed}, run ${run}`);
      assert.equal(events.at(-1), 'closed', `SEED=${seed}, run ${run}`);
    }
    assert.equal(client.connection.sending.queuedBytes, 0, `SEED=${seed}, run ${run}`);
  }
  assert.ok(ended > 300, 'mutations that matter');
});

test('the server never sends more than its client’s windows allow', () => {
  for (let run = 0; run < 300; run++) {
    const random = seededRandom(seed * 10_000 + run);
    const client = new ScriptedClient(Buffer.concat([preface, settings([4, 1_000])]));
    const windows = new Map<number, number>([[0, 65_535]]);
    for (const id of [1, 3, 5]) {
      client.send(headers(id));
      windows.set(id, 1_000);
    }
    for (let step = 0; step < 60; step++) {
      const id = pick(random, [0, 1, 3, 5]);
      const increment = randomInt(random, 1, 30_000);
      const update = () => {
        const stream = client.requests[(id - 1) / 2]?.stream;
        if (id !== 0 && stream?.ended) return;
        windows.set(id, windows.get(id)! + increment);
        client.send(frame(types.windowUpdate, 0, id, uint32(increment)));
      };
      pick(random, [update, () => answer(random, client)])();
      for (const { type, streamId, payload } of client.take()) {
        if (type !== types.data) continue;
        for (const window of [0, streamId]) {
          const left = windows.get(window)! - payload.length;
          assert.ok(left >= 0, `SEED=${seed}, run ${run}, step ${step}`);
          windows.set(window, left);
        }
      }
    }
  }
});
