import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { constants, createDeflate } from 'node:zlib';
import { SpdyConnection } from './connection.js';
import { headerDictionary } from './dictionary.js';
import { encodeFrame, type Frame, FrameReader, SpdyError } from './frames.js';
import { HeaderInflater, HeaderWriter } from './header-block.js';
import type { SpdyStream } from './stream.js';

const block = Buffer.from('a block');
const frames: readonly (readonly [string, Exclude<Frame, { type: 'ignored' }>])[] = [
  [
    '80030001 00000011 00000001 00000000 0000 6120626c6f636b',
    { type: 'syn-stream', streamId: 1, headerBlock: block, fin: false },
  ],
  ['80030002 0100000b 00000001 6120626c6f636b', { type: 'syn-reply', streamId: 1, headerBlock: block, fin: true }],
  ['80030008 0000000b 00000007 6120626c6f636b', { type: 'headers', streamId: 7, headerBlock: block, fin: false }],
  ['80030003 00000008 00000003 00000005', { type: 'rst-stream', streamId: 3, status: 5 }],
  ['80030006 00000004 00000001', { type: 'ping', id: 1 }],
  ['80030007 00000008 00000009 00000000', { type: 'goaway', lastStreamId: 9, status: 0 }],
  ['00000005 00000002 6869', { type: 'data', streamId: 5, data: Buffer.from('hi'), fin: false }],
  ['00000005 01000000', { type: 'data', streamId: 5, data: Buffer.alloc(0), fin: true }],
];

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test('every frame is written and read as the protocol says', () => {
  for (const [hex, frame] of frames) {
    assert.equal(encodeFrame(frame).toString('hex'), hex.replaceAll(' ', ''), frame.type);
    assert.deepEqual([...new FrameReader().push(bytesOf(hex))], [frame]);
  }
});

test('frames are put together from pieces; data is not waited for', () => {
  const all = Buffer.concat(frames.map(([hex]) => bytesOf(hex)));
  const reader = new FrameReader();
  const found = [...all].flatMap((byte) => [...reader.push(Buffer.from([byte]))]);
  assert.deepEqual(
    found.filter(({ type }) => type !== 'data'),
    frames.map(([, frame]) => frame).filter(({ type }) => type !== 'data'),
  );
  const data = found.flatMap((frame) => (frame.type === 'data' ? [frame] : []));
  assert.equal(Buffer.concat(data.map((frame) => frame.data)).toString(), 'hi');
  assert.deepEqual(
    data.map(({ fin }) => fin),
    [false, false, true],
  );
});

for (const [what, hex, message] of [
  ['another version', '80020001 00000000', /version 2/],
  ['a control frame without end', '80030001 00ffffff', /limit is/],
  ['a control frame that is too short', '80030003 00000004 00000001', /too short/],
] as const) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => [...new FrameReader().push(bytesOf(hex))],
      (error) => error instanceof SpdyError && message.test(error.message),
    );
  });
}

test('windows and settings are passed over', () => {
  assert.deepEqual([...new FrameReader().push(bytesOf('80030009 00000008 00000001 00010000'))], [{ type: 'ignored' }]);
});

test('header blocks: ours, and those compressed against the dictionary, one stream of them', async () => {
  assert.equal(headerDictionary.length, 1_423);
  const [writer, inflater] = [new HeaderWriter(), new HeaderInflater()];
  for (const headers of [
    new Map([
      ['streamtype', 'stdin'],
      ['port', '80'],
    ]),
    new Map<string, string>(),
  ])
    assert.deepEqual(await inflater.read(writer.write(headers)), headers);
  inflater.close();

  const deflate = createDeflate({ dictionary: headerDictionary });
  const compressed = async (plain: Buffer) => {
    deflate.write(plain);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    return deflate.read() as Buffer;
  };
  const plain = bytesOf(
    `00000001 00000006 ${Buffer.from('Method').toString('hex')} 00000003 ${Buffer.from('get').toString('hex')}`,
  );
  const other = new HeaderInflater();
  for (let i = 0; i < 2; i++) assert.deepEqual(await other.read(await compressed(plain)), new Map([['method', 'get']]));
  await assert.rejects(other.read(await compressed(Buffer.alloc(100_000))), SpdyError);
  deflate.close();
});

/** Two connected ends. */
function pair(): [Duplex, Duplex] {
  const ends: Duplex[] = [];
  const end = (other: () => Duplex) =>
    new Duplex({
      read() {},
      write(data: Buffer, _encoding, done) {
        other().push(data);
        done();
      },
      final(done) {
        other().push(null);
        done();
      },
      destroy(error, done) {
        if (!other().readableEnded && !other().destroyed) other().push(null);
        done(error);
      },
    });
  ends.push(
    end(() => ends[1]!),
    end(() => ends[0]!),
  );
  return [ends[0]!, ends[1]!];
}

function connected(streamsMax = 10): { client: SpdyConnection; server: SpdyConnection; opened: SpdyStream[] } {
  const [a, b] = pair();
  const opened: SpdyStream[] = [];
  const client = new SpdyConnection(a, { role: 'client', streamsMax, onStream: () => {} });
  const server = new SpdyConnection(b, { role: 'server', streamsMax, onStream: (stream) => opened.push(stream) });
  return { client, server, opened };
}

/** All that comes, up to its end; `node:stream/consumers` would end the other direction too. */
async function buffer(stream: SpdyStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

test('streams: both ways at once, each direction ends by itself, megabytes without a window', async () => {
  const { client, server, opened } = connected();
  const [first, second] = [client.open(new Map([['n', '1']])), client.open(new Map([['n', '2']]))];
  await until(() => opened.length === 2);
  assert.deepEqual(
    opened.map(({ headers }) => headers.get('n')),
    ['1', '2'],
  );
  const big = Buffer.alloc(3_000_000, 'x');
  first.end(big);
  assert.ok((await buffer(opened[0]!)).equals(big));
  opened[0]!.end('answer');
  assert.equal((await buffer(first)).toString(), 'answer');
  second.destroy();
  await once(opened[1]!, 'close');
  client.close();
  await Promise.all([client.closed, server.closed]);
});

test('a stream too many is refused, the others go on', async () => {
  const { client, opened } = connected(1);
  const [kept, refused] = [client.open(new Map()), client.open(new Map())];
  await once(refused, 'close');
  await until(() => opened.length === 1);
  kept.end('still here');
  assert.equal((await buffer(opened[0]!)).toString(), 'still here');
  client.destroy();
  await client.closed;
});

test('who does not read holds up the sender, not our memory', async () => {
  const { client, server, opened } = connected();
  const stream = client.open(new Map());
  await until(() => opened.length === 1);
  let sent = 0;
  const piece = Buffer.alloc(100_000);
  for (; sent < 20; sent++) stream.write(piece);
  await until(() => opened[0]!.readableLength > 0);
  await new Promise(setImmediate);
  assert.ok(opened[0]!.readableLength <= 2 * piece.length, `${opened[0]!.readableLength} bytes wait`);
  stream.end();
  assert.equal((await buffer(opened[0]!)).length, sent * piece.length);
  server.close();
  client.destroy();
});
