import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameCutter } from './web-socket-frames.js';

function frame(payloadBytes: number, mask = 0): Buffer {
  const short = payloadBytes < 126;
  const header = Buffer.alloc(short ? 2 : payloadBytes < 65_536 ? 4 : 10);
  header[0] = 0x82;
  header[1] = mask | (short ? payloadBytes : payloadBytes < 65_536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(payloadBytes, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(payloadBytes), 2);
  return Buffer.concat([header, Buffer.alloc(mask === 0 ? 0 : 4, 7), Buffer.alloc(payloadBytes, 1)]);
}

const frames = [0, 1, 125, 126, 65_535, 65_536, 0].flatMap((bytes) => [frame(bytes), frame(bytes, 0x80)]);
const all = Buffer.concat(frames);

test('what comes together is cut into frames', () => {
  assert.deepEqual(new FrameCutter().cut(all), frames);
});

test('however it comes, no piece has bytes of two frames, and none is kept back', () => {
  for (const chunkBytes of [1, 2, 3, 7, 1_000, 65_537]) {
    const cutter = new FrameCutter();
    const ends = new Set(frames.map((_, i) => Buffer.concat(frames.slice(0, i + 1)).length));
    let passed = 0;
    for (let at = 0; at < all.length; at += chunkBytes) {
      const chunk = all.subarray(at, at + chunkBytes);
      const pieces = cutter.cut(chunk);
      assert.ok(Buffer.concat(pieces).equals(chunk));
      for (const piece of pieces) {
        const inside = [...ends].filter((end) => end > passed && end < passed + piece.length);
        assert.deepEqual(inside, [], `in chunks of ${chunkBytes}`);
        passed += piece.length;
      }
    }
  }
});
