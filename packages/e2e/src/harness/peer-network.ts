import { createServer, type Server, Socket } from 'node:net';

/** A member is reached at `at`, and listens itself at `to`. */
interface Route {
  readonly name: string;
  readonly at: string;
  readonly to: string;
}

const peerPort = 2380;

/**
 * What members of a store cluster dial instead of each other: TCP relays that can be cut, each direction by itself, because
 * a member sends on the connections that it dialled. A connection that is cut is not closed: as in a real network, what is
 * sent waits somewhere, and may arrive after it is mended. Needs no rights and leaves nothing behind.
 */
export class PeerNetwork {
  readonly #routes: readonly Route[];
  readonly #servers: Server[] = [];
  readonly #links = new Set<Link>();
  /** Hexadecimal member id to name. */
  readonly #names = new Map<string, string>();
  readonly #cuts = new Set<string>();

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
  }

  async listen(): Promise<void> {
    for (const route of this.#routes) {
      const server = createServer((dialler) => this.#accept(dialler, route));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(peerPort, route.at, resolve);
      });
      this.#servers.push(server);
    }
  }

  /** Connections say which member made them; this says what the test calls it. */
  name(id: string, name: string): void {
    this.#names.set(id, name);
  }

  /** Nothing that `from` sends reaches `to` any more. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from} ${to}`);
    this.#obey();
  }

  /** Cuts a member off from all others, in both directions. */
  isolate(name: string): void {
    for (const other of this.#routes) {
      if (other.name === name) continue;
      this.cut(name, other.name);
      this.cut(other.name, name);
    }
  }

  mend(): void {
    this.#cuts.clear();
    this.#obey();
  }

  async close(): Promise<void> {
    for (const link of [...this.#links]) link.close();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #accept(dialler: Socket, route: Route): void {
    const link = new Link(dialler, route, (from) => this.#cuts.has(`${this.#names.get(from) ?? from} ${route.name}`));
    this.#links.add(link);
    dialler.on('close', () => this.#links.delete(link));
  }

  #obey(): void {
    for (const link of this.#links) link.obey();
  }
}

/** One connection through the network. */
class Link {
  readonly #dialler: Socket;
  readonly #target = new Socket();
  readonly #route: Route;
  readonly #isCut: (from: string) => boolean;
  /** The dialler's first bytes, until they tell who it is. */
  #head = '';
  #from: string | undefined;
  #connected = false;

  constructor(dialler: Socket, route: Route, isCut: (from: string) => boolean) {
    this.#dialler = dialler;
    this.#route = route;
    this.#isCut = isCut;
    for (const [socket, other] of [
      [dialler, this.#target],
      [this.#target, dialler],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => {}); // 'close' follows
      socket.on('close', () => other.destroy());
    }
    dialler.on('data', (chunk: Buffer) => this.#fromDialler(chunk));
    this.#target.on('data', (chunk: Buffer) => {
      dialler.write(chunk);
    });
  }

  /** Pauses or goes on, as the network says. */
  obey(): void {
    if (this.#from === undefined) return;
    if (this.#isCut(this.#from)) {
      this.#dialler.pause();
      this.#target.pause();
      return;
    }
    if (!this.#connected) this.#connect();
    this.#dialler.resume();
    this.#target.resume();
  }

  close(): void {
    this.#dialler.destroy();
    this.#target.destroy();
  }

  #fromDialler(chunk: Buffer): void {
    if (this.#from !== undefined) {
      this.#target.write(chunk);
      return;
    }
    this.#head += chunk.toString('latin1');
    if (!this.#head.includes('\r\n\r\n')) return;
    this.#from = /^x-server-from: *([0-9a-f]+)/im.exec(this.#head)?.[1] ?? '';
    this.obey();
  }

  #connect(): void {
    this.#connected = true;
    this.#target.connect({ host: this.#route.to, port: peerPort });
    this.#target.write(Buffer.from(this.#head, 'latin1'));
  }
}
