import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from '../exchange.js';

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
  if (upgrade === undefined) {
    socket.destroy();
    return;
  }
  upgrade.detach();
  exchange.response.statusCode = 101;
  const lines = response.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${response.rawHeaders[index + 1] ?? ''}`] : [],
  );
  upgrade.socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) upgrade.socket.write(head);
  if (upgrade.head.length > 0) socket.write(upgrade.head);
  exchange.started();
  const there = pipeline(upgrade.socket, socket);
  const back = pipeline(socket, upgrade.socket);
  await Promise.allSettled([there, back]);
  socket.destroy();
  upgrade.socket.destroy();
}
