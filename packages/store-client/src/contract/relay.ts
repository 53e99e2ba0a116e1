import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP relay in front of a member, for cutting its clients off. Its address stays the same over `down` and `up`. */
export class Relay {
  readonly url: string;
  readonly #server: Server;
  readonly #target: URL;
  readonly #pairs = new Set<readonly [client: Socket, member: Socket]>();
  #open = true;
  #held = false;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    this.url = `${target.protocol}//127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on TCP
    server.on('connection', (client) => this.#relay(client));
  }

  /** @param target URL of the member */
  static async start(target: string): Promise<Relay> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay(server, new URL(target));
  }

  /** Connections that are relayed now. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Cuts every connection, and every new one. */
  down(): void {
    this.#open = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  up(): void {
    this.#open = true;
    this.#held = false;
  }

  /** What clients send still arrives; what the member answers does not. */
  holdAnswers(): void {
    this.#held = true;
  }

  async close(): Promise<void> {
    this.down();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    if (!this.#open) {
      client.resetAndDestroy();
      return;
    }
    const member = connect({ host: this.#target.hostname, port: Number(this.#target.port), noDelay: true });
    const pair = [client, member] as const;
    this.#pairs.add(pair);
    client.on('data', (data) => member.write(data));
    member.on('data', (data) => {
      if (!this.#held) client.write(data);
    });
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#pairs.delete(pair);
        client.destroy();
        member.destroy();
      });
    }
  }
}
