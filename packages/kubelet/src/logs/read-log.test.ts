import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LogWriter, lineBytesMax } from '../runtimes/process/log-writer.js';
import { parseLogLine } from './cri-log.js';
import { type LogOptions, readLog } from './read-log.js';

const all: LogOptions = { follow: false, timestamps: false, tailLines: undefined, sinceMs: undefined, limitBytes: undefined };

interface Log {
  readonly path: string;
  readonly writer: LogWriter;
  read(options: Partial<LogOptions>, from?: { running: boolean; onEnd(listener: () => void): void }): Promise<string>;
}

async function open(t: TestContext, bytesMax = 10_000_000): Promise<Log> {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-log-'));
  t.after(() => rm(dir, { recursive: true }));
  const path = join(dir, '0.log');
  const writer = new LogWriter(path, { bytesMax, filesMax: 3 });
  return {
    path,
    writer,
    async read(options) {
      const source = { path, isRunning: async () => false, onChange: () => () => {} };
      return collect(readLog(source, { ...all, ...options }, new AbortController().signal));
    },
  };
}

async function collect(pieces: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const piece of pieces) chunks.push(piece);
  return Buffer.concat(chunks).toString();
}

test('what is written is read back, byte by byte', async (t) => {
  const { writer, read } = await open(t);
  const [out, err] = [writer.stream('stdout'), writer.stream('stderr')];
  out.push(Buffer.from('one\ntw'));
  err.push(Buffer.from('oops\n'));
  out.push(Buffer.from('o\n\nend without newline'));
  out.end();
  assert.equal(await read({}), 'one\noops\ntwo\n\nend without newline');
});

test('long lines are cut into records and put together again', async (t) => {
  const { writer, read } = await open(t);
  const long = 'x'.repeat(2 * lineBytesMax + 5);
  const out = writer.stream('stdout');
  for (let i = 0; i < long.length; i += 1_000) out.push(Buffer.from(long.slice(i, i + 1_000)));
  out.push(Buffer.from('\nnext\n'));
  assert.equal(await read({}), `${long}\nnext\n`);
  const stamped = (await read({ timestamps: true })).split('\n');
  assert.equal(stamped.length, 3);
  assert.match(stamped[0] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z x+$/);
});

test('tail, limit and since', async (t) => {
  const { writer, read } = await open(t);
  const out = writer.stream('stdout');
  for (let i = 1; i <= 20_000; i++) out.push(Buffer.from(`line ${i}\n`));
  assert.equal(await read({ tailLines: 2 }), 'line 19999\nline 20000\n');
  assert.equal((await read({ tailLines: 10_000 })).split('\n')[0], 'line 10001');
  assert.equal(await read({ tailLines: 0 }), '');
  assert.equal((await read({ tailLines: 99_999 })).split('\n').length, 20_001);
  assert.equal(await read({ limitBytes: 10 }), 'line 1\nlin');
  assert.equal(await read({ sinceMs: Date.now() + 10_000 }), '');
  assert.equal(await read({ sinceMs: Date.now() - 60_000, tailLines: 1 }), 'line 20000\n');
});

test('a log that does not exist yet is empty', async (t) => {
  const { path } = await open(t);
  const source = { path: `${path}.none`, isRunning: async () => false, onChange: () => () => {} };
  assert.equal(await collect(readLog(source, all, new AbortController().signal)), '');
});

test('following sees what comes, across rotation, and ends with the container', { timeout: 10_000 }, async (t) => {
  const { writer, path } = await open(t, 2_000);
  const out = writer.stream('stdout');
  out.push(Buffer.from('line 1\n'));
  let running = true;
  let ended = () => {};
  const source = {
    path,
    isRunning: async () => running,
    onChange: (listener: () => void) => {
      ended = listener;
      return () => {};
    },
  };
  const expected = Array.from({ length: 100 }, (_, i) => `line ${i + 1}`);
  const seen: string[] = [];
  let next = 2;
  for await (const piece of readLog(source, { ...all, follow: true }, new AbortController().signal)) {
    seen.push(piece.toString().trimEnd());
    if (next <= expected.length) out.push(Buffer.from(`line ${next++}\n`));
    else {
      running = false;
      ended();
    }
  }
  assert.deepEqual(seen, expected);
});

test('following stops when nobody listens any more', { timeout: 10_000 }, async (t) => {
  const { path } = await open(t);
  const gone = new AbortController();
  const source = { path, isRunning: async () => true, onChange: () => () => {} };
  const reading = collect(readLog(source, { ...all, follow: true }, gone.signal));
  gone.abort();
  assert.equal(await reading, '');
});

test('records of the CRI format', () => {
  for (const [line, expected] of [
    ['2026-01-01T00:00:00.000000000Z stdout F hello world', { stream: 'stdout', partial: false, text: 'hello world' }],
    ['2026-01-01T00:00:00Z stderr P:x ', { stream: 'stderr', partial: true, text: '' }],
    ['2026-01-01T00:00:00Z stdin F x', undefined],
    ['nonsense', undefined],
  ] as const) {
    const record = parseLogLine(Buffer.from(line));
    assert.deepEqual(record && { stream: record.stream, partial: record.partial, text: record.text.toString() }, expected, line);
  }
});
