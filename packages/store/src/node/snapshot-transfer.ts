import type { Clock } from '@flotilla/base';
import type { ConfState, SnapshotMeta } from '@flotilla/raft';
import type { WebSocket } from 'ws';
import { snapshotChunkBytes, snapshotStallMs } from '../limits.js';
import { type Change, type Database, writeSynced } from './database.js';
import { FrameReader, FrameWriter } from './frame-bytes.js';
import { stateKey, stateKeyOffset } from './keys.js';
import { Membership } from './membership.js';

/** A state that has arrived completely and lies in `generation`, waiting to be installed. */
export interface StagedSnapshot {
  readonly meta: SnapshotMeta;
  readonly membership: Membership;
  readonly generation: number;
}

export type ReadSnapshot = ReturnType<Database['snapshot']>;

interface Header {
  readonly index: number;
  readonly term: number;
  readonly membership: string;
}

/**
 * Streams the state of `generation` as of `view`: a header as JSON text, then chunks of key-value pairs, then the text
 * `end`; the receiver answers `ok` when its disk has all of it.
 * @throws Error when the receiver refuses or stalls
 */
export async function sendSnapshot(
  socket: WebSocket,
  database: Database,
  view: ReadSnapshot,
  source: { index: number; term: number; membership: Uint8Array; generation: number },
  clock: Clock,
): Promise<void> {
  const { index, term, generation } = source;
  const accepted = new Promise<void>((resolve, reject) => {
    socket.on('message', () => resolve());
    socket.on('close', () => reject(new Error('the receiver closed the snapshot stream')));
    socket.on('error', reject);
  });
  accepted.catch(() => {}); // awaited below, but it may fail earlier
  const header: Header = { index, term, membership: Buffer.from(source.membership).toString() };
  await send(socket, JSON.stringify(header), clock);
  const range = { gte: stateKey(generation), lt: stateKey(generation + 1), snapshot: view };
  let chunk = new FrameWriter();
  let bytes = 0;
  for await (const [key, value] of database.iterator(range)) {
    chunk.bytes(key.subarray(stateKeyOffset));
    chunk.bytes(value);
    bytes += key.length + value.length;
    if (bytes < snapshotChunkBytes) continue;
    await send(socket, chunk.finish(), clock);
    chunk = new FrameWriter();
    bytes = 0;
  }
  if (bytes > 0) await send(socket, chunk.finish(), clock);
  await send(socket, 'end', clock);
  await withinStall(accepted, clock);
}

/**
 * Takes in a state into `generation`, which nobody reads yet. Every chunk is synced, so that installing it later is
 * one small write.
 * @throws Error when the stream breaks or stalls before its end
 */
export async function receiveSnapshot(
  socket: WebSocket,
  database: Database,
  generation: number,
  clock: Clock,
): Promise<StagedSnapshot> {
  await database.clear({ gte: stateKey(generation), lt: stateKey(generation + 1) });
  let header: Header | undefined;
  for await (const { data, isBinary } of frames(socket, clock)) {
    if (header === undefined)
      header = JSON.parse(data.toString()) as Header; // from a member of this cluster
    else if (isBinary) await writeSynced(database, stagedChanges(data, generation));
    else return staged(header, generation);
  }
  throw new Error('the snapshot stream ended early');
}

function staged({ index, term, membership: encoded }: Header, generation: number): StagedSnapshot {
  const membership = Membership.decode(Buffer.from(encoded));
  const conf: ConfState = membership.conf;
  return { meta: { index, term, conf }, membership, generation };
}

function stagedChanges(chunk: Buffer, generation: number): Change[] {
  const reader = new FrameReader(chunk);
  const changes: Change[] = [];
  while (!reader.finished) changes.push({ type: 'put', key: stateKey(generation, reader.bytes()), value: reader.bytes() });
  return changes;
}

interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** The frames of a socket, one at a time: while one is being written, the sender is held back. */
async function* frames(socket: WebSocket, clock: Clock): AsyncGenerator<Frame> {
  const arrived: Frame[] = [];
  let ended = false;
  let wake = () => {};
  socket.on('message', (data: Buffer, isBinary) => {
    arrived.push({ data, isBinary });
    socket.pause();
    wake();
  });
  socket.on('close', () => {
    ended = true;
    wake();
  });
  for (;;) {
    const frame = arrived.shift();
    if (frame !== undefined) yield frame;
    else if (ended) return;
    else {
      const next = new Promise<void>((resolve) => {
        wake = resolve;
      });
      socket.resume();
      await withinStall(next, clock);
    }
  }
}

function send(socket: WebSocket, data: string | Buffer, clock: Clock): Promise<void> {
  const sent = new Promise<void>((resolve, reject) => {
    socket.send(data, (error) => (error ? reject(error) : resolve()));
  });
  return withinStall(sent, clock);
}

async function withinStall(progress: Promise<void>, clock: Clock): Promise<void> {
  let cancel = () => {};
  const stalled = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(snapshotStallMs, () => reject(new Error('the snapshot stream stalled')));
  });
  try {
    await Promise.race([progress, stalled]);
  } finally {
    cancel();
  }
}
