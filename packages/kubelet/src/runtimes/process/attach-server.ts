import type { Server, Socket } from 'node:net';
import type { TerminalSize } from '../runtime.js';
import { type AttachFrame, AttachFrameReader, attachKinds, encodeAttachFrame } from './attach-frames.js';
import { listenInFolder } from './attach-socket.js';

/** A client that reads so much slower than the container prints is cut: the container must not wait for it. */
const unreadBytesMax = 4 * 1024 * 1024;

/** The container's process, as far as those who attach reach it. */
export interface AttachTarget {
  /** @returns a promise when there should come no more for now; undefined for a process without an input */
  readonly write: ((data: Buffer) => Promise<void> | undefined) | undefined;
  /** Ends the process's input. */
  endInput(): void;
  resize(size: TerminalSize): void;
}

interface Client {
  readonly socket: Socket;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
}

/** The shim's side of attach: hands a container's output to whoever listens, and their input to the container. */
export class AttachServer {
  readonly #stdinOnce: boolean;
  readonly #clients = new Set<Client>();
  readonly #listening: Promise<Server | undefined>;
  #target: AttachTarget | undefined;

  constructor(dir: string, { stdinOnce }: { readonly stdinOnce: boolean }) {
    this.#stdinOnce = stdinOnce;
    // A container runs also where nobody can attach to it, such as on a file system without sockets.
    this.#listening = listenInFolder(dir, (socket) => void this.#serve(socket)).catch(() => undefined);
  }

  /** Resolves when clients can come. */
  async ready(): Promise<void> {
    await this.#listening;
  }

  set target(target: AttachTarget) {
    this.#target = target;
  }

  output(stream: 'stdout' | 'stderr', data: Buffer): void {
    for (const client of this.#clients) {
      if (!client[stream]) continue;
      client.socket.write(encodeAttachFrame(attachKinds[stream], data));
      if (client.socket.writableLength > unreadBytesMax) client.socket.destroy();
    }
  }

  /** Resolves once every client has been told everything. */
  async close(): Promise<void> {
    (await this.#listening)?.close();
    await Promise.all([...this.#clients].map(({ socket }) => new Promise<void>((resolve) => socket.end(resolve))));
  }

  async #serve(socket: Socket): Promise<void> {
    const client: Client = { socket, stdin: false, stdout: false, stderr: false };
    this.#clients.add(client);
    socket.on('error', () => socket.destroy());
    const reader = new AttachFrameReader();
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>)
        for (const frame of reader.push(chunk)) await this.#receive(client, frame);
    } catch {
      // the client has gone, which is how attaching ends
    }
    this.#clients.delete(client);
    if (client.stdin) this.#inputLeft(client);
  }

  async #receive(client: Client, { kind, data }: AttachFrame): Promise<void> {
    switch (kind) {
      case attachKinds.open:
        Object.assign(client, JSON.parse(data.toString()));
        return;
      case attachKinds.stdin:
        return this.#target?.write?.(data);
      case attachKinds.stdinEnd:
        return this.#inputLeft(client);
      case attachKinds.resize:
        return this.#target?.resize(JSON.parse(data.toString()));
    }
  }

  #inputLeft(client: Client): void {
    client.stdin = false;
    if (this.#stdinOnce) this.#target?.endInput();
  }
}
