import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Exchange } from '../exchange.js';
import { FrameCutter } from './web-socket-frames.js';

/** The answer of a server that has agreed to leave HTTP. */
export interface Upgraded {
  /** The 101. */
  readonly response: IncomingMessage;
  readonly socket: Readable & NodeJS.WritableStream & { destroy(error?: Error): unknown };
  /** What came behind the headers. */
  readonly head: Buffer;
}

export function isUpgraded(answer: IncomingMessage | Upgraded): answer is Upgraded {
  return 'head' in answer;
}

/** Makes the client's connection and the server's one, byte by byte, whatever they speak. Whichever ends, ends the other. */
export async function join(exchange: Exchange, { response, socket, head }: Upgraded): Promise<void> {
  const { upgrade } = exchange;
  if (upgrade === undefined || upgrade.socket.destroyed) {
    socket.destroy();
    return;
  }
  upgrade.detach();
  exchange.response.statusCode = 101;
  const lines = response.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${response.rawHeaders[index + 1] ?? ''}`] : [],
  );
  upgrade.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  if (upgrade.head.length > 0) socket.write(upgrade.head);
  exchange.started();
  for (const each of [socket, upgrade.socket]) each.on('error', () => {}); // whoever reads or writes next sees that it has ended
  upgrade.socket.pipe(socket);
  upgrade.socket.once('close', () => socket.destroy());
  const webSocket = response.headers.upgrade?.toLowerCase() === 'websocket';
  await passAll(socket, upgrade.socket, webSocket ? new FrameCutter() : undefined).catch(() => {});
  socket.destroy();
  upgrade.socket.destroy();
}

/**
 * Resolves when all of it has gone out, though the sender may long be gone. Of a WebSocket a frame at a time, so that each begins a TLS record
 * of its own, as those of Kubernetes do: clients that wait for the connection itself to become readable, as Python's does, would not notice
 * what was read together with the frame before.
 */
async function passAll(from: Readable, to: Duplex, cutter: FrameCutter | undefined): Promise<void> {
  for await (const chunk of from) {
    for (const piece of cutter?.cut(chunk) ?? [chunk]) {
      await new Promise<void>((resolve, reject) => to.write(piece, (error) => (error ? reject(error) : resolve())));
    }
  }
  await new Promise<void>((resolve) => to.end(resolve));
}
