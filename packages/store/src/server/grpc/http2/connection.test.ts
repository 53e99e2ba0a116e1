import assert from 'node:assert/strict';
import test from 'node:test';
import { frameFlags as flags, frameTypes as types } from './frames.js';
import { encodeHeaders } from './hpack-encoder.js';
import {
  concurrentStreamsMax,
  connectionUnsentBytesMax,
  connectionWindowBytes,
  continuationFramesMax,
  streamBufferedBytesMax,
  streamWindowBytes,
  uselessFramesMax,
  uselessFramesPeriodMs,
} from './limits.js';
import { data, frame, headers, post, preface, ScriptedClient, settings, uint32 } from './scripted-client.test.js';

const endStream = flags.endStream;
const endHeaders = flags.endHeaders;
const block = encodeHeaders(post);
const status = encodeHeaders([[':status', '200']]);
const trailers = encodeHeaders([['grpc-status', '0']]);
const without = (name: string) => post.filter(([other]) => other !== name);
/** A request with `count` more headers, which count 48 bytes each (§6.5.2) and take 19. */
const long = (count: number) => {
  const all = encodeHeaders([...post, ...Array<[string, string]>(count).fill(['a-header', 'v'.repeat(8)])]);
  const rest = all.subarray(16_384);
  return [frame(types.headers, 0, 1, all.subarray(0, 16_384)), frame(types.continuation, endHeaders, 1, rest)];
};
const opened = (...frames: Buffer[]) => [headers(1), ...frames];
const ended = (...frames: Buffer[]) => [headers(1, post, endHeaders | endStream), ...frames];
const goAway = (code: string, last = 0) => `GOAWAY ${last} ${code}`;
const reset = (code: string) => `RST_STREAM 1 ${code}`;

test('the client’s settings are acknowledged, its pings answered', () => {
  const client = new ScriptedClient();
  assert.deepEqual(client.said(), ['SETTINGS ack']);
  client.send(frame(types.ping, 0, 0, Buffer.from('12345678')), settings());
  assert.deepEqual(client.said(), ['PING ack 3132333435363738', 'SETTINGS ack']);
});

/** What a peer may say, and what becomes of it (RFC 9113). */
const conformance: { what: string; send: readonly Buffer[]; said: readonly string[]; hello?: Buffer }[] = [
  // §3.4: the preface
  { what: 'no preface', hello: Buffer.from('GET / HTTP/1.1\r\n\r\n      '), send: [], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'a preface without settings', hello: preface, send: [headers(1)], said: [goAway('PROTOCOL_ERROR')] },
  {
    what: 'an acknowledgement first',
    hello: Buffer.concat([preface, frame(types.settings, flags.ack, 0)]),
    send: [],
    said: [goAway('PROTOCOL_ERROR')],
  },
  // §4: frames
  {
    what: 'a frame larger than allowed',
    send: [frame(types.data, 0, 1, Buffer.alloc(16_385))],
    said: [goAway('FRAME_SIZE_ERROR')],
  },
  { what: 'a frame of an unknown type', send: [frame(200, 255, 7, Buffer.alloc(5))], said: [] },
  {
    what: 'the reserved bit of a stream id',
    send: [frame(types.ping, 0, 0x80000000, Buffer.alloc(8))],
    said: ['PING ack 0000000000000000'],
  },
  { what: 'unknown flags', send: [frame(types.ping, 0xf0, 0, Buffer.alloc(8))], said: ['PING ack 0000000000000000'] },
  // §4.3, §6.10: header blocks
  {
    what: 'headers in three frames',
    send: [
      frame(types.headers, endStream, 1, block.subarray(0, 5)),
      frame(types.continuation, 0, 1, block.subarray(5, 10)),
      frame(types.continuation, endHeaders, 1, block.subarray(10)),
    ],
    said: ['request', 'end'],
  },
  {
    what: 'a header block that is interrupted',
    send: [frame(types.headers, 0, 1, block), frame(types.ping, 0, 0, Buffer.alloc(8))],
    said: [goAway('PROTOCOL_ERROR')],
  },
  {
    what: 'a header block that another stream goes on with',
    send: [frame(types.headers, 0, 1, block), frame(types.continuation, endHeaders, 3, block)],
    said: [goAway('PROTOCOL_ERROR')],
  },
  { what: 'CONTINUATION of nothing', send: [frame(types.continuation, endHeaders, 1, block)], said: [goAway('PROTOCOL_ERROR')] },
  {
    what: 'a block that is no HPACK',
    send: [frame(types.headers, endHeaders, 1, Buffer.of(0x80))],
    said: [goAway('COMPRESSION_ERROR', 0)],
  },
  {
    what: 'endless CONTINUATION',
    send: [frame(types.headers, 0, 1, block), ...Array(continuationFramesMax + 1).fill(frame(types.continuation, 0, 1))],
    said: [goAway('ENHANCE_YOUR_CALM')],
  },
  {
    what: 'a header block of 80 KiB',
    send: [
      frame(types.headers, 0, 1, Buffer.alloc(16_000)),
      ...Array(4).fill(frame(types.continuation, 0, 1, Buffer.alloc(16_384))),
    ],
    said: [goAway('ENHANCE_YOUR_CALM')],
  },
  // §5.1: states of streams
  { what: 'DATA on an idle stream', send: [data(1, 'x')], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'RST_STREAM on an idle stream', send: [frame(types.rstStream, 0, 1, uint32(8))], said: [goAway('PROTOCOL_ERROR')] },
  {
    what: 'WINDOW_UPDATE on an idle stream',
    send: [frame(types.windowUpdate, 0, 1, uint32(8))],
    said: [goAway('PROTOCOL_ERROR')],
  },
  { what: 'PRIORITY on an idle stream', send: [frame(types.priority, 0, 9, Buffer.alloc(5))], said: [] },
  { what: 'DATA after the end', send: ended(data(1, 'x')), said: ['request', 'end', goAway('STREAM_CLOSED', 1), 'closed'] },
  {
    what: 'HEADERS after the end',
    send: ended(headers(1, post, endHeaders | endStream)),
    said: ['request', 'end', reset('STREAM_CLOSED'), 'closed'],
  },
  { what: 'a stream whose number a server would have', send: [headers(2)], said: [goAway('PROTOCOL_ERROR')] },
  {
    what: 'a stream number that went by',
    send: [headers(3), headers(1)],
    said: ['request', goAway('STREAM_CLOSED', 3), 'closed'],
  },
  { what: 'HEADERS on the connection', send: [headers(0)], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'DATA on the connection', send: [data(0, 'x')], said: [goAway('PROTOCOL_ERROR')] },
  {
    what: 'frames after the client reset',
    send: opened(frame(types.rstStream, 0, 1, uint32(8)), data(1, 'x')),
    said: ['request', 'closed', goAway('STREAM_CLOSED', 1)],
  },
  {
    what: 'WINDOW_UPDATE after the client reset',
    send: opened(frame(types.rstStream, 0, 1, uint32(8)), frame(types.windowUpdate, 0, 1, uint32(8))),
    said: ['request', 'closed'],
  },
  // §6: each type of frame
  {
    what: 'a body with padding',
    send: opened(frame(types.data, flags.padded | endStream, 1, Buffer.from('\x03abc\0\0\0'))),
    said: ['request', 'end', 'abc'],
  },
  {
    what: 'more padding than payload',
    send: opened(frame(types.data, flags.padded, 1, Buffer.from('\x05abc'))),
    said: ['request', goAway('PROTOCOL_ERROR', 1), 'closed'],
  },
  {
    what: 'padding without its length',
    send: opened(frame(types.data, flags.padded, 1)),
    said: ['request', goAway('FRAME_SIZE_ERROR', 1), 'closed'],
  },
  {
    what: 'headers with padding and priority',
    send: [
      frame(
        types.headers,
        flags.padded | flags.priority | endHeaders,
        1,
        Buffer.concat([Buffer.from('\x02\0\0\0\0\0'), block, Buffer.alloc(2)]),
      ),
    ],
    said: ['request'],
  },
  {
    what: 'headers without their priority',
    send: [frame(types.headers, flags.priority | endHeaders, 1, Buffer.alloc(4))],
    said: [goAway('FRAME_SIZE_ERROR')],
  },
  {
    what: 'PRIORITY of a wrong length',
    send: opened(frame(types.priority, 0, 1, Buffer.alloc(4))),
    said: ['request', reset('FRAME_SIZE_ERROR'), 'closed'],
  },
  { what: 'PRIORITY of the connection', send: [frame(types.priority, 0, 0, Buffer.alloc(5))], said: [goAway('PROTOCOL_ERROR')] },
  {
    what: 'RST_STREAM of a wrong length',
    send: opened(frame(types.rstStream, 0, 1)),
    said: ['request', goAway('FRAME_SIZE_ERROR', 1), 'closed'],
  },
  { what: 'RST_STREAM of the connection', send: [frame(types.rstStream, 0, 0, uint32(8))], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'SETTINGS on a stream', send: [frame(types.settings, 0, 1)], said: [goAway('PROTOCOL_ERROR')] },
  {
    what: 'SETTINGS of a broken length',
    send: [frame(types.settings, 0, 0, Buffer.alloc(5))],
    said: [goAway('FRAME_SIZE_ERROR')],
  },
  {
    what: 'an acknowledgement that says something',
    send: [frame(types.settings, flags.ack, 0, Buffer.alloc(6))],
    said: [goAway('FRAME_SIZE_ERROR')],
  },
  { what: 'ENABLE_PUSH 2', send: [settings([2, 2])], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'INITIAL_WINDOW_SIZE 2^31', send: [settings([4, 2 ** 31])], said: [goAway('FLOW_CONTROL_ERROR')] },
  { what: 'MAX_FRAME_SIZE below the least', send: [settings([5, 16_383])], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'MAX_FRAME_SIZE above the most', send: [settings([5, 16_777_216])], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'an unknown setting', send: [settings([99, 1])], said: ['SETTINGS ack'] },
  { what: 'PUSH_PROMISE', send: [frame(types.pushPromise, endHeaders, 1, uint32(2))], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'PING on a stream', send: [frame(types.ping, 0, 1, Buffer.alloc(8))], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'PING of a wrong length', send: [frame(types.ping, 0, 0, Buffer.alloc(7))], said: [goAway('FRAME_SIZE_ERROR')] },
  { what: 'an answer to a ping that nobody sent', send: [frame(types.ping, flags.ack, 0, Buffer.alloc(8))], said: [] },
  { what: 'GOAWAY on a stream', send: [frame(types.goAway, 0, 1, Buffer.alloc(8))], said: [goAway('PROTOCOL_ERROR')] },
  { what: 'GOAWAY of a wrong length', send: [frame(types.goAway, 0, 0, Buffer.alloc(7))], said: [goAway('FRAME_SIZE_ERROR')] },
  {
    what: 'WINDOW_UPDATE of nothing on the connection',
    send: [frame(types.windowUpdate, 0, 0, uint32(0))],
    said: [goAway('PROTOCOL_ERROR')],
  },
  {
    what: 'WINDOW_UPDATE of nothing on a stream',
    send: opened(frame(types.windowUpdate, 0, 1, uint32(0))),
    said: ['request', reset('PROTOCOL_ERROR'), 'closed'],
  },
  {
    what: 'WINDOW_UPDATE of a wrong length',
    send: [frame(types.windowUpdate, 0, 0, Buffer.alloc(3))],
    said: [goAway('FRAME_SIZE_ERROR')],
  },
  {
    what: 'a window of the connection beyond 2^31-1',
    send: [frame(types.windowUpdate, 0, 0, uint32(2 ** 31 - 1))],
    said: [goAway('FLOW_CONTROL_ERROR')],
  },
  {
    what: 'a window of a stream beyond 2^31-1',
    send: opened(frame(types.windowUpdate, 0, 1, uint32(2 ** 31 - 1))),
    said: ['request', reset('FLOW_CONTROL_ERROR'), 'closed'],
  },
  {
    what: 'settings that take a stream’s window beyond 2^31-1',
    send: opened(frame(types.windowUpdate, 0, 1, uint32(1)), settings([4, 2 ** 31 - 1])),
    said: ['request', goAway('FLOW_CONTROL_ERROR', 1), 'closed'],
  },
  // §8: requests
  ...[':method', ':scheme', ':path'].map((name) => ({
    what: `no ${name}`,
    send: [headers(1, without(name))],
    said: [reset('PROTOCOL_ERROR')],
  })),
  {
    what: 'an empty :path',
    send: [headers(1, [...without(':path').slice(0, 2), [':path', '']])],
    said: [reset('PROTOCOL_ERROR')],
  },
  { what: 'a pseudo-header twice', send: [headers(1, [[':method', 'POST'], ...post])], said: [reset('PROTOCOL_ERROR')] },
  {
    what: 'a pseudo-header after the others',
    send: [headers(1, [...without(':path'), [':path', '/']])],
    said: [reset('PROTOCOL_ERROR')],
  },
  { what: 'an unknown pseudo-header', send: [headers(1, [[':x', 'y'], ...post])], said: [reset('PROTOCOL_ERROR')] },
  { what: 'a pseudo-header of answers', send: [headers(1, [[':status', '200'], ...post])], said: [reset('PROTOCOL_ERROR')] },
  { what: 'upper case', send: [headers(1, [...post, ['X-A', 'b']])], said: [reset('PROTOCOL_ERROR')] },
  { what: 'a header of the connection', send: [headers(1, [...post, ['connection', 'close']])], said: [reset('PROTOCOL_ERROR')] },
  { what: 'te: gzip', send: [headers(1, [...post, ['te', 'gzip']])], said: [reset('PROTOCOL_ERROR')] },
  { what: 'te: trailers', send: [headers(1, [...post, ['te', 'trailers']])], said: ['request'] },
  {
    what: 'an :authority with slashes, as etcdctl 3.4 sends',
    send: [headers(1, [[':authority', 'http://127.0.0.1:2379'], ...post])],
    said: ['request'],
  },
  { what: 'a list of headers as large as allowed', send: long(1_300), said: ['request'] },
  { what: 'a list of headers that is too large', send: long(1_400), said: [reset('FRAME_SIZE_ERROR')] },
  {
    what: 'a body of the declared length',
    send: [headers(1, [...post, ['content-length', '2']]), data(1, 'ab', endStream)],
    said: ['request', 'end', 'ab'],
  },
  {
    what: 'a body shorter than declared',
    send: [headers(1, [...post, ['content-length', '3']]), data(1, 'ab', endStream)],
    said: ['request', reset('PROTOCOL_ERROR'), 'closed', 'ab'],
  },
  {
    what: 'trailers',
    send: opened(data(1, 'ab'), headers(1, [['x', 'y']], endHeaders | endStream)),
    said: ['request', 'end', 'ab'],
  },
  {
    what: 'trailers that do not end',
    send: opened(headers(1, [['x', 'y']])),
    said: ['request', reset('PROTOCOL_ERROR'), 'closed'],
  },
  {
    what: 'trailers with a pseudo-header',
    send: opened(headers(1, post, endHeaders | endStream)),
    said: ['request', reset('PROTOCOL_ERROR'), 'closed'],
  },
];

for (const { what, hello, send, said } of conformance) {
  test(`RFC 9113: ${what}`, () => {
    const story = (bytes: (client: ScriptedClient) => void) => {
      const client = new ScriptedClient(hello);
      const greeting = hello === undefined ? client.said().slice(1) : [];
      bytes(client);
      const [request] = client.requests;
      const about = request === undefined ? [] : ['request', ...request.events.filter((event) => event === 'end')];
      const after = request === undefined ? [] : request.events.filter((event) => event === 'closed');
      return [...greeting, ...about, ...client.said(), ...after, ...(request?.body ? [request.body] : [])];
    };
    assert.deepEqual([...story((client) => client.send(...send))].sort(), [...said].sort());
    // The same, byte by byte.
    const split = story((client) => {
      for (const byte of Buffer.concat(send)) client.send(Buffer.of(byte));
    });
    assert.deepEqual(split.sort(), [...said].sort());
  });
}

test('an answer is headers, data and trailers in one write', () => {
  const client = new ScriptedClient();
  client.said();
  client.send(headers(1, post, endHeaders | endStream));
  client.requests[0]!.stream.answer(status, Buffer.from('hello'), trailers);
  assert.deepEqual(client.said(), ['HEADERS 1 :status=200', 'DATA 1 hello', 'HEADERS 1 end grpc-status=0']);
  assert.deepEqual(client.requests[0]!.events, ['end', 'closed']);
});

test('a stream answered before the client has sent everything is reset without an error, and what is on its way is dropped', () => {
  const client = new ScriptedClient();
  client.said();
  client.send(headers(1));
  client.requests[0]!.stream.end(trailers);
  assert.deepEqual(client.said(), ['HEADERS 1 end grpc-status=0', 'RST_STREAM 1 NO_ERROR']);
  client.send(data(1, 'late'), headers(1, [['late', 'too']], endHeaders | endStream), frame(types.windowUpdate, 0, 1, uint32(1)));
  assert.deepEqual(client.said(), []);
});

test('the server sends no more than the windows allow', () => {
  const client = new ScriptedClient(Buffer.concat([preface, settings([4, 10])]));
  client.send(headers(1), headers(3));
  client.said();
  const [one, three] = client.requests.map(({ stream }) => stream);
  one!.answer(status, Buffer.alloc(25, 'a'), trailers);
  assert.deepEqual(client.said(), ['HEADERS 1 :status=200', 'DATA 1 aaaaaaaaaa']);
  client.send(frame(types.windowUpdate, 0, 1, uint32(3)));
  assert.deepEqual(client.said(), ['DATA 1 aaa']);
  client.send(settings([4, 5])); // what streams may send can become negative (§6.9.2)
  client.send(frame(types.windowUpdate, 0, 1, uint32(5)));
  assert.deepEqual(client.said(), ['SETTINGS ack']);
  client.send(frame(types.windowUpdate, 0, 1, uint32(1_000_000)));
  assert.deepEqual(client.said(), ['DATA 1 aaaaaaaaaaaa', 'HEADERS 1 end grpc-status=0', 'RST_STREAM 1 NO_ERROR']);
  three!.write(Buffer.from('12345678'));
  assert.deepEqual(client.said(), ['DATA 3 12345']);
});

test('streams take turns at the window of the connection', () => {
  const client = new ScriptedClient(Buffer.concat([preface, settings([4, 1_000_000])]));
  client.send(headers(1), headers(3), headers(5));
  client.said();
  const streams = client.requests.map(({ stream }) => stream);
  for (const stream of streams) stream.write(Buffer.alloc(60_000));
  const bytes = (said: readonly string[], id: number) =>
    said.reduce((sum, line) => sum + Number(new RegExp(`^DATA ${id} (\\d+) bytes`).exec(line)?.[1] ?? 0), 0);
  const first = client.said();
  assert.deepEqual(
    [1, 3, 5].map((id) => bytes(first, id)),
    [60_000, 5_535, 0],
  );
  client.send(frame(types.windowUpdate, 0, 0, uint32(10_000)));
  client.send(frame(types.windowUpdate, 0, 0, uint32(10_000)));
  const next = client.said();
  assert.deepEqual([bytes(next, 3), bytes(next, 5)], [10_000, 10_000]);
  streams[2]!.reset(8);
  client.send(frame(types.windowUpdate, 0, 0, uint32(100_000)));
  const last = client.said();
  assert.deepEqual([bytes(last, 3), bytes(last, 5)], [60_000 - 15_535, 0]);
});

test('frames are no larger than the client takes', () => {
  const client = new ScriptedClient(Buffer.concat([preface, settings([4, 1_000_000], [5, 20_000])]));
  client.send(headers(1));
  client.said();
  client.requests[0]!.stream.write(Buffer.alloc(50_000));
  assert.deepEqual(client.said(), ['DATA 1 20000 bytes', 'DATA 1 20000 bytes', 'DATA 1 10000 bytes']);
});

test('a source waits while its stream has too much to send, and is told when that is over', () => {
  const client = new ScriptedClient();
  client.send(headers(1));
  const [{ stream, events } = assert.fail()] = client.requests;
  assert.equal(stream.write(Buffer.alloc(100_000)), true);
  assert.equal(stream.write(Buffer.alloc(streamBufferedBytesMax)), false);
  client.send(frame(types.windowUpdate, 0, 0, uint32(10_000_000)), frame(types.windowUpdate, 0, 1, uint32(1_000)));
  assert.deepEqual(events, []);
  client.send(frame(types.windowUpdate, 0, 1, uint32(10_000_000)));
  assert.deepEqual(events, ['drained']);
  client.unsentBytes = connectionUnsentBytesMax; // the network is slow
  assert.equal(stream.write(Buffer.from('x')), false);
  client.connection.drain();
  assert.deepEqual(events, ['drained']);
  client.unsentBytes = 0;
  client.connection.drain();
  assert.deepEqual(events, ['drained', 'drained']);
});

test('a client that sends more than its windows allow is refused', () => {
  const client = new ScriptedClient();
  client.send(headers(1));
  client.said();
  // The listener says that a message of 1,000,000 bytes is under way twice over: the second has to wait for room.
  const chunk = Buffer.alloc(16_384, 'x');
  client.send(data(1, 'lacks 99000000'), ...Array(3).fill(data(1, chunk)));
  assert.deepEqual(client.said(), ['WINDOW_UPDATE 1 98934479'], 'room for one large message, whatever its size');
  client.send(headers(3), data(3, 'lacks 2000000'), ...Array(3).fill(data(3, chunk)));
  assert.deepEqual(client.said(), [], 'no room for another');
  client.send(data(3, chunk));
  assert.deepEqual(client.said(), ['RST_STREAM 3 FLOW_CONTROL_ERROR']);
  client.send(headers(5), data(5, 'lacks 2000000'));
  assert.deepEqual(client.said(), []);
  client.send(frame(types.rstStream, 0, 1, uint32(8)));
  assert.deepEqual(client.said(), [`WINDOW_UPDATE 5 ${2_000_000 - (streamWindowBytes - 13)}`], 'the next one’s turn');
});

test('small messages are asked for again and again', () => {
  const client = new ScriptedClient();
  client.send(headers(1));
  client.said();
  const chunk = Buffer.alloc(16_384, 'x');
  const updates = { stream: 0, connection: 0 };
  for (let sent = 0; sent < 2 * connectionWindowBytes; sent += chunk.length) {
    client.send(data(1, chunk));
    for (const line of client.said()) {
      const [, id, increment] = /^WINDOW_UPDATE (\d) (\d+)$/.exec(line) ?? assert.fail(line);
      updates[id === '0' ? 'connection' : 'stream'] += Number(increment);
    }
  }
  assert.ok(updates.stream > 2 * connectionWindowBytes - streamWindowBytes);
  assert.ok(updates.connection > connectionWindowBytes);
});

test('more streams than allowed are refused; those that were reset count while work for them goes on', () => {
  const client = new ScriptedClient();
  for (let i = 0; i < concurrentStreamsMax; i++) {
    client.send(headers(2 * i + 1));
    client.requests[i]!.stream.workBegun();
    client.send(frame(types.rstStream, 0, 2 * i + 1, uint32(8)));
    client.nowMs++;
  }
  client.said();
  const next = 2 * concurrentStreamsMax + 1;
  client.send(headers(next), data(next, 'x', endStream));
  assert.deepEqual(client.said(), [`RST_STREAM ${next} REFUSED_STREAM`]);
  client.requests[0]!.stream.workEnded();
  client.send(headers(next + 2));
  assert.equal(client.requests.length, concurrentStreamsMax + 1);
});

const floods = {
  'empty data': data(1, ''),
  resets: Buffer.concat([frame(types.rstStream, 0, 1, uint32(8))]),
  settings: settings(),
  priorities: frame(types.priority, 0, 1, Buffer.alloc(5)),
  'unknown frames': frame(99, 0, 0),
  'answers to no ping': frame(types.ping, flags.ack, 0, Buffer.alloc(8)),
};
for (const [what, useless] of Object.entries(floods)) {
  test(`a flood of ${what} ends the connection; the same in time does not`, () => {
    const calm = new ScriptedClient();
    const hasty = new ScriptedClient();
    for (const client of [calm, hasty]) client.send(headers(1));
    for (let i = 0; i < 3 * uselessFramesMax; i++) {
      calm.nowMs += uselessFramesPeriodMs / (uselessFramesMax - 100);
      calm.send(useless);
      hasty.send(useless);
    }
    assert.equal(calm.error, undefined);
    assert.equal(hasty.error, 'too many useless frames');
    assert.equal(hasty.said().at(-1), 'GOAWAY 1 ENHANCE_YOUR_CALM');
    assert.equal(hasty.ended, true);
  });
}

test('a server that leaves finishes what is under way, refuses the rest, and ends', () => {
  const client = new ScriptedClient();
  client.send(headers(1));
  client.said();
  client.connection.leave();
  assert.deepEqual(client.said(), ['GOAWAY 1 NO_ERROR']);
  client.send(headers(3), data(3, 'on its way'), data(1, 'more', endStream));
  assert.deepEqual(client.said(), ['RST_STREAM 3 REFUSED_STREAM']);
  assert.equal(client.ended, false);
  client.requests[0]!.stream.answer(status, Buffer.from('done'), trailers);
  assert.deepEqual(client.said(), ['HEADERS 1 :status=200', 'DATA 1 done', 'HEADERS 1 end grpc-status=0']);
  assert.equal(client.ended, true);
});

test('what is under way is told when the connection breaks', () => {
  const client = new ScriptedClient();
  client.send(headers(1), headers(3));
  client.connection.abandon();
  assert.deepEqual(
    client.requests.map(({ events }) => events),
    [['closed'], ['closed']],
  );
  const [{ stream } = assert.fail()] = client.requests;
  client.said();
  stream.answer(status, Buffer.from('x'), trailers);
  stream.write(Buffer.from('x'));
  stream.end(trailers);
  stream.reset(8);
  assert.deepEqual(client.said(), [], 'nobody is there to hear it');
});
