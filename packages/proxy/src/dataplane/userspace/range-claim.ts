import { connect, createServer, type Server, type Socket } from 'node:net';
import { backoffMs, type Clock, type Logger, type Random } from '@flotilla/base';
import { listenError } from '@flotilla/process';

export interface ClaimDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

const retry = { baseMs: 10, maxMs: 1_000 };

/**
 * Only one process can listen on a service address of a host, but on one machine the proxies of several nodes run side by side.
 * The one that listens at the range's network address serves the whole range; each of the others holds an open connection to it,
 * and its end, however it comes, is the signal to take over. Nobody polls.
 */
export class RangeClaim {
  readonly #address: { readonly host: string; readonly port: number };
  readonly #deps: ClaimDeps;
  readonly #onHeld: () => void;
  readonly #waiters = new Set<Socket>();
  #server: Server | undefined;
  #waiting: Socket | undefined;
  #cancelRetry = () => {};
  #failures = 0;
  #closed = false;

  constructor(address: { host: string; port: number }, deps: ClaimDeps, onHeld: () => void) {
    this.#address = address;
    this.#deps = deps;
    this.#onHeld = onHeld;
  }

  get held(): boolean {
    return this.#server !== undefined;
  }

  /**
   * Claims the range, or starts to wait for its end; resolves in both cases.
   * @throws ConfigError when the address is not local to this host
   */
  async start(): Promise<void> {
    const server = createServer((waiter) => {
      this.#waiters.add(waiter);
      waiter.on('error', () => {});
      waiter.once('close', () => this.#waiters.delete(waiter));
      waiter.resume();
    });
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(this.#address.port, this.#address.host, resolve);
      });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) {
        throw listenError(error, this.#address.host, this.#address.port);
      }
      if (!this.#closed) this.#wait();
      return;
    }
    if (this.#closed) {
      server.close();
      return;
    }
    this.#server = server;
    this.#failures = 0;
    this.#deps.log.info({ address: this.#address.host }, 'serving the service range of this host');
    this.#onHeld();
  }

  /** To be called after the range's own listeners were closed, so that the next holder finds them free. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#waiting?.destroy();
    this.#server?.close();
    this.#server = undefined;
    for (const waiter of this.#waiters) waiter.destroy();
  }

  #wait(): void {
    const socket = connect(this.#address);
    this.#waiting = socket;
    socket.on('error', () => {});
    socket.once('connect', () => {
      this.#failures = 0;
      this.#deps.log.info({ address: this.#address.host }, 'another proxy of this host serves the service range; standing by');
    });
    socket.resume();
    socket.once('close', () => {
      if (this.#closed) return;
      this.#failures++;
      this.#cancelRetry = this.#deps.clock.after(backoffMs(this.#failures, retry, this.#deps.random), () => {
        this.start().catch((error) => this.#deps.log.error({ err: error }, 'cannot claim the service range'));
      });
    });
  }
}
