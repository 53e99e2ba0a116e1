/** RFC 9113 §6. */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const frameFlags = { endStream: 0x01, ack: 0x01, endHeaders: 0x04, padded: 0x08, priority: 0x20 } as const;

export const settingIds = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

export const frameHeaderBytes = 9;
export const clientPreface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** The largest window, and the largest increment of one. */
export const windowBytesMax = 0x7fff_ffff;

/** Until the peer's settings say otherwise. */
export const defaultWindowBytes = 65_535;
export const defaultFrameBytes = 16_384;

export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
}

/** Writes a frame's nine-byte head. @returns where its payload begins */
export function writeFrameHead(to: Buffer, at: number, length: number, type: number, flags: number, streamId: number): number {
  to[at] = length >> 16;
  to[at + 1] = length >> 8;
  to[at + 2] = length;
  to[at + 3] = type;
  to[at + 4] = flags;
  to[at + 5] = streamId >> 24;
  to[at + 6] = streamId >> 16;
  to[at + 7] = streamId >> 8;
  to[at + 8] = streamId;
  return at + frameHeaderBytes;
}

function frame(length: number, type: number, flags: number, streamId: number): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderBytes + length);
  writeFrameHead(bytes, 0, length, type, flags, streamId);
  return bytes;
}

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const bytes = frame(settings.length * 6, frameTypes.settings, 0, 0);
  settings.forEach(([id, value], i) => {
    bytes.writeUInt16BE(id, frameHeaderBytes + i * 6);
    bytes.writeUInt32BE(value, frameHeaderBytes + i * 6 + 2);
  });
  return bytes;
}

export const settingsAck: Buffer = frame(0, frameTypes.settings, frameFlags.ack, 0);

export function pingAck(opaque: Uint8Array): Buffer {
  const bytes = frame(8, frameTypes.ping, frameFlags.ack, 0);
  bytes.set(opaque, frameHeaderBytes);
  return bytes;
}

/** @param streamId 0: of the connection */
export function windowUpdateFrame(streamId: number, increment: number): Buffer {
  const bytes = frame(4, frameTypes.windowUpdate, 0, streamId);
  bytes.writeUInt32BE(increment, frameHeaderBytes);
  return bytes;
}

export function rstStreamFrame(streamId: number, code: number): Buffer {
  const bytes = frame(4, frameTypes.rstStream, 0, streamId);
  bytes.writeUInt32BE(code, frameHeaderBytes);
  return bytes;
}

export function goAwayFrame(lastStreamId: number, code: number, debug: string): Buffer {
  const text = Buffer.from(debug);
  const bytes = frame(8 + text.length, frameTypes.goAway, 0, 0);
  bytes.writeUInt32BE(lastStreamId, frameHeaderBytes);
  bytes.writeUInt32BE(code, frameHeaderBytes + 4);
  bytes.set(text, frameHeaderBytes + 8);
  return bytes;
}
