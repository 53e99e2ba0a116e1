import { createHash } from 'node:crypto';
import { assert } from '@flotilla/base';
import type { BackendPage, MvccStore } from '@flotilla/mvcc';
import { snapshotBlobBytes } from '../limits.js';
import type { Member } from '../member.js';
import { aligned, contentBytes, encodePreamble, endMark, entryHeadBytes } from './snapshot-format.js';

export interface EncodedSnapshot {
  /** Of the file before its digest. */
  readonly contentBytes: number;
  /** The file, in pieces of at most `snapshotBlobBytes`; the digest is a piece of its own. To be read once. */
  readonly blobs: AsyncIterable<Uint8Array>;
}

/** What `member` has applied by now, as a snapshot file. The member goes on meanwhile. */
export async function encodeSnapshot(member: Member<MvccStore>): Promise<EncodedSnapshot> {
  // In one go, without letting anything be applied in between.
  const contents = member.store.contents();
  const { raftAppliedIndex, raftTerm } = member.status();
  const preamble = encodePreamble({
    ...{ clusterId: member.clusterId, memberId: member.id, revision: contents.revision },
    ...{ applied: { index: raftAppliedIndex, term: raftTerm }, members: member.members() },
  });
  const bytes = contentBytes(preamble.length, await contents.size());
  return { contentBytes: bytes, blobs: encode(preamble, contents.pages, bytes) };
}

async function* encode(preamble: Buffer, pages: AsyncIterable<BackendPage>, bytes: number): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  const blobs = new Blobs();
  const full = function* () {
    for (const blob of blobs.takeFull()) {
      digest.update(blob);
      yield blob;
    }
  };
  blobs.add(preamble);
  for await (const page of pages) {
    for (const [key, value] of page) {
      blobs.add(entryHead(key.length, value.length));
      blobs.add(key);
      blobs.add(value);
      yield* full();
    }
  }
  blobs.add(entryHead(endMark, 0));
  blobs.add(Buffer.alloc(aligned(blobs.total) - blobs.total));
  assert(blobs.total === bytes, 'a snapshot is as large as was foretold');
  blobs.end();
  yield* full();
  yield digest.digest();
}

function entryHead(keyBytes: number, valueBytes: number): Buffer {
  const head = Buffer.allocUnsafe(entryHeadBytes);
  head.writeUInt32BE(keyBytes, 0);
  head.writeUInt32BE(valueBytes, 4);
  return head;
}

/** Cuts what is added into pieces of one size. */
class Blobs {
  total = 0;
  #full: Buffer[] = [];
  #current = Buffer.allocUnsafe(snapshotBlobBytes);
  #used = 0;

  add(bytes: Uint8Array): void {
    this.total += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + snapshotBlobBytes - this.#used);
      this.#current.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === snapshotBlobBytes) this.end();
    }
  }

  /** The last piece may be shorter. */
  end(): void {
    if (this.#used > 0) this.#full.push(this.#current.subarray(0, this.#used));
    this.#current = Buffer.allocUnsafe(snapshotBlobBytes);
    this.#used = 0;
  }

  takeFull(): Buffer[] {
    const full = this.#full;
    if (full.length > 0) this.#full = [];
    return full;
  }
}
