import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { silentLogger } from '@flotilla/base';
import { ByteReader, type ByteWriter, encodeCommand, readWatchResponse, type WatchRequest, writeWatch } from '@flotilla/mvcc';
import { systemClock, systemRandom } from '@flotilla/process';
import {
  FrameBatch,
  frameTypes,
  nativePath,
  nativeProtocol,
  openNative,
  readFrames,
  watchWindowBytes,
} from '@flotilla/store-client';
import { WebSocket } from 'ws';
import { LoneMember } from '../lone-member.js';
import { serveForTest } from '../serve-for-test.test.js';

const options = { timeout: 30_000 };
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const prefix: WatchRequest = { key: bytes('a/'), rangeEnd: bytes('a0') };
const put = (member: LoneMember, key: string) => member.propose(encodeCommand({ put: { key: bytes(key), value: bytes('v') } }));

test('what many watches of a connection are told crosses it once', options, async (t) => {
  const member = new LoneMember();
  const server = await serveForTest({ member });
  t.after(() => server.close());
  const socket = new WebSocket(server.url.replace('http', 'ws') + nativePath, nativeProtocol);
  t.after(() => socket.terminate());
  await once(socket, 'open');
  const frames: { readonly revision: number; readonly ids: readonly number[] }[] = [];
  let created = 0;
  const heard = (wanted: () => boolean) =>
    new Promise<void>((resolve) => {
      socket.on('message', () => {
        if (wanted()) resolve();
      });
    });
  socket.on('message', (data) => {
    for (const { type, id, payload } of readFrames(data as Buffer)) {
      if (type === frameTypes.watchCreated) created++;
      if (type !== frameTypes.watchEvents) continue;
      const reader = new ByteReader(payload);
      const { revision } = readWatchResponse(reader);
      const ids = [id];
      while (reader.remaining > 0) ids.push(reader.u32());
      frames.push({ revision, ids });
    }
  });
  const batch = new FrameBatch((message) => socket.send(message));
  const requests = [prefix, { key: bytes('a/1') }, prefix, prefix];
  for (const [i, request] of requests.entries())
    batch.add(frameTypes.watchCreate, 1 + i, (w: ByteWriter) => writeWatch(w, request));
  const allCreated = heard(() => created === requests.length);
  batch.flush();
  await allCreated;
  const allTold = heard(() => frames.some(({ revision }) => revision === 3));
  await put(member, 'a/1');
  await put(member, 'a/2');
  await allTold;
  const told = frames.map(({ revision, ids }) => `${revision}: ${ids.join(' ')}`).sort();
  assert.deepEqual(told, ['2: 1 3 4', '2: 2', '3: 1 3 4']);
});

test('a watch whose responses are read goes on for ever', options, async (t) => {
  const member = new LoneMember();
  const server = await serveForTest({ member });
  const kv = openNative({ endpoints: [server.url], clock: systemClock, random: systemRandom, log: silentLogger });
  t.after(async () => {
    await kv.close();
    await server.close();
  });
  const watch = kv.watch(prefix);
  await watch.created;
  const responses = watchWindowBytes / 8; // a few bytes a response that nobody gives back would fill the window
  void (async () => {
    for (let i = 0; i < responses; i++) await put(member, 'a/1');
  })();
  let next = 2;
  for await (const { revision } of watch) {
    assert.equal(revision, next++);
    if (revision > responses) break;
  }
});
