import type { Socket } from 'node:net';
import { patchAuthority } from './authority.js';

const prefaceBytes = 24;
const frameHeaderBytes = 9;
const types = { headers: 1, settings: 4 } as const;
const flags = { ack: 0x01, padded: 0x08, priority: 0x20 } as const;

/** Until its first request a client sends less than this; more is passed on as it is. */
const bufferedBytesMax = 64 * 1024;

/** An empty SETTINGS frame: what a server has to say before some clients send a request. */
const emptySettings = Uint8Array.of(0, 0, 0, types.settings, 0, 0, 0, 0, 0);

/**
 * Reads an HTTP/2 connection up to its first request, corrects that request's `:authority`, and hands the
 * connection on with everything unread again. Later requests refer to the first one's header by its index.
 *
 * Clients wait for the server's settings, so they are greeted here; the acknowledgement of that greeting is taken
 * out, because the server proper will send settings of its own and count acknowledgements.
 */
export function correctFirstHeaders(socket: Socket, ready: (socket: Socket) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  socket.write(emptySettings);
  const onData = (chunk: Buffer) => {
    seen = seen.length === 0 ? Buffer.from(chunk) : Buffer.concat([seen, chunk]);
    const corrected = correct(seen) ?? (seen.length > bufferedBytesMax ? seen : undefined);
    if (corrected === undefined) return;
    socket.off('data', onData);
    socket.pause();
    socket.unshift(corrected);
    ready(socket);
  };
  socket.on('data', onData);
  socket.resume();
}

/** @returns what to pass on; undefined until the acknowledgement and the first request are there */
function correct(seen: Buffer): Buffer | undefined {
  let ack: number | undefined;
  let headers = false;
  let at = prefaceBytes;
  while (at + frameHeaderBytes <= seen.length) {
    const end = at + frameHeaderBytes + seen.readUIntBE(at, 3);
    if (end > seen.length) break;
    const [type, flag] = [seen[at + 3], seen[at + 4] ?? 0];
    if (type === types.settings && (flag & flags.ack) !== 0) ack ??= at;
    if (type === types.headers) {
      patchAuthority(headerBlock(seen.subarray(at + frameHeaderBytes, end), flag));
      headers = true;
    }
    at = end;
  }
  if (ack === undefined || !headers) return undefined;
  return Buffer.concat([seen.subarray(0, ack), seen.subarray(ack + frameHeaderBytes)]);
}

/** The payload of a HEADERS frame without padding and priority (RFC 9113 §6.2). */
function headerBlock(payload: Uint8Array, flag: number): Uint8Array {
  const padded = (flag & flags.padded) !== 0;
  const start = (padded ? 1 : 0) + ((flag & flags.priority) !== 0 ? 5 : 0);
  return payload.subarray(start, payload.length - (padded ? (payload[0] ?? 0) : 0));
}
