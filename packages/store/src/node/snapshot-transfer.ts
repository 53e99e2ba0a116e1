import type { Clock } from '@flotilla/base';
import type { ConfState, SnapshotMeta } from '@flotilla/raft';
import { snapshotChunkBytes, snapshotStallMs } from '../limits.js';
import { verify } from './checked-value.js';
import type { Change, Database, DatabaseSnapshot } from './database.js';
import { FrameReader, FrameWriter } from './frame-bytes.js';
import { stateKey, stateKeyOffset } from './keys.js';
import { Membership } from './membership.js';
import { stateChange } from './state-storage.js';
import type { SnapshotStream } from './transport.js';

/** A state that has arrived completely and lies in `generation`, waiting to be installed. */
export interface StagedSnapshot {
  readonly meta: SnapshotMeta;
  readonly membership: Membership;
  readonly generation: number;
}

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
  stream: SnapshotStream,
  database: Database,
  view: DatabaseSnapshot,
  source: { index: number; term: number; membership: Uint8Array; generation: number },
  clock: Clock,
): Promise<void> {
  const { index, term, generation } = source;
  const send = (frame: string | Uint8Array) => withinStall(stream.send(frame), clock);
  const header: Header = { index, term, membership: Buffer.from(source.membership).toString() };
  await send(JSON.stringify(header));
  const range = { from: stateKey(generation), to: stateKey(generation + 1) };
  let chunk = new FrameWriter();
  let bytes = 0;
  for await (const page of database.pages(range, view)) {
    for (const [key, value] of page) {
      chunk.bytes(key.subarray(stateKeyOffset));
      chunk.bytes(verify(key, value));
      bytes += key.length + value.length;
      if (bytes < snapshotChunkBytes) continue;
      await send(chunk.finish());
      chunk = new FrameWriter();
      bytes = 0;
    }
  }
  if (bytes > 0) await send(chunk.finish());
  await send('end');
  const answer = await withinStall(stream.receive(), clock);
  if (answer === undefined) throw new Error('the receiver closed the snapshot stream');
}

/**
 * Takes in a state into `generation`, which nobody reads yet. Every chunk is synced, so that installing it later is
 * one small write.
 * @throws Error when the stream breaks or stalls before its end
 */
export async function receiveSnapshot(
  stream: SnapshotStream,
  database: Database,
  generation: number,
  clock: Clock,
): Promise<StagedSnapshot> {
  await database.clear({ from: stateKey(generation), to: stateKey(generation + 1) });
  let header: Header | undefined;
  for (;;) {
    const frame = await withinStall(stream.receive(), clock);
    if (frame === undefined) throw new Error('the snapshot stream ended early');
    if (header === undefined)
      header = JSON.parse(frame.toString()) as Header; // from a member of this cluster
    else if (typeof frame === 'string') return staged(header, generation);
    else await database.write(stagedChanges(frame, generation));
  }
}

function staged({ index, term, membership: encoded }: Header, generation: number): StagedSnapshot {
  const membership = Membership.decode(Buffer.from(encoded));
  const conf: ConfState = membership.conf;
  return { meta: { index, term, conf }, membership, generation };
}

function stagedChanges(chunk: Uint8Array, generation: number): Change[] {
  const reader = new FrameReader(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  const changes: Change[] = [];
  while (!reader.finished) changes.push(stateChange(generation, reader.bytes(), reader.bytes()));
  return changes;
}

async function withinStall<T>(progress: Promise<T>, clock: Clock): Promise<T> {
  let cancel = () => {};
  const stalled = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(snapshotStallMs, () => reject(new Error('the snapshot stream stalled')));
  });
  try {
    return await Promise.race([progress, stalled]);
  } finally {
    cancel();
  }
}
