/**
 * What a normal log entry carries: kind u8, the proposing member u64, its number for the proposal u64, the payload.
 * Member and number let the proposer find the client that waits.
 */
export interface EntryData {
  readonly kind: (typeof kinds)[number];
  readonly proposer: bigint;
  readonly id: bigint;
  readonly payload: Uint8Array;
}

const headerBytes = 17;

/** By their number in the log. */
const kinds = ['command', 'publish', 'relocate'] as const;

export function encodeEntryData({ kind, proposer, id, payload }: EntryData): Uint8Array {
  const bytes = Buffer.allocUnsafe(headerBytes + payload.length);
  bytes.writeUInt8(kinds.indexOf(kind), 0);
  bytes.writeBigUInt64BE(proposer, 1);
  bytes.writeBigUInt64BE(id, 9);
  bytes.set(payload, headerBytes);
  return bytes;
}

export function decodeEntryData(data: Uint8Array): EntryData {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return {
    kind: kindOf(bytes.readUInt8(0)),
    proposer: bytes.readBigUInt64BE(1),
    id: bytes.readBigUInt64BE(9),
    payload: data.subarray(headerBytes),
  };
}

function kindOf(number: number): EntryData['kind'] {
  const kind = kinds[number];
  if (kind === undefined) throw new RangeError(`no such kind of entry: ${number}`);
  return kind;
}
