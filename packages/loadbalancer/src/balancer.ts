import { createServer, type Server, type Socket } from 'node:net';
import { type Clock, errorMessage, type Logger } from '@flotilla/base';
import { abortSocket, connectTcp, relaySockets } from '@flotilla/process';
import type { Backend, Transition } from './backend.js';
import { connectTimeoutMs, keepAliveDelayMs } from './limits.js';
import type { Pool } from './pool.js';

export interface BalancerOptions {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
}

export interface BalancerDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when a connect told something about a backend's health: a check should follow now. */
  readonly suspect: (backend: Backend) => void;
}

/** Accepts connections and relays each to one backend, chosen when it arrives and kept until it closes. */
export class Balancer {
  readonly #server: Server;
  readonly #options: BalancerOptions;
  readonly #deps: BalancerDeps;
  readonly #clients = new Set<Socket>();
  #drained: (() => void) | undefined;
  /** Connections accepted; refused because too many were open; closed because no backend could be reached. */
  readonly totals = { accepted: 0, refused: 0, unserved: 0 };

  constructor(options: BalancerOptions, deps: BalancerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) => this.#accept(client));
    this.#server.maxConnections = options.maxConnections;
    this.#server.on('drop', () => this.totals.refused++);
  }

  get active(): number {
    return this.#clients.size;
  }

  /** @throws the server's error (`EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`) */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, this.#options.host, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#deps.log.error({ err: error }, 'listener failed'));
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : this.#options.port);
      });
    });
  }

  /** Stops accepting at once, lets connections finish for up to `drainMs`, then resets what is left. */
  async close(drainMs: number): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    if (this.#clients.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#deps.clock.after(drainMs, resolve);
        this.#drained = () => {
          cancel();
          resolve();
        };
      });
    }
    for (const client of this.#clients) abortSocket(client);
    await stopped;
  }

  /** Takes in that a check ended: established connections to a dead backend are cut, so that clients resume elsewhere. */
  checked(backend: Backend, transition: Transition | undefined): void {
    if (transition !== undefined) this.#report(backend, transition);
    if (!backend.dead || backend.connections.size === 0) return;
    this.#deps.log.warn(
      { backend: backend.name, connections: backend.connections.size },
      'backend is dead, closing its connections',
    );
    for (const connection of backend.connections) connection.reset();
  }

  #accept(client: Socket): void {
    this.totals.accepted++;
    this.#clients.add(client);
    client.setKeepAlive(true, keepAliveDelayMs);
    const ignore = () => {}; // a client that left while we connect: `close` follows and ends the matter
    client.on('error', ignore);
    client.once('close', () => {
      this.#clients.delete(client);
      if (this.#clients.size === 0) this.#drained?.();
    });
    this.#serve(client).catch((error) => {
      this.#deps.log.error({ err: error }, 'connection failed');
      abortSocket(client);
    });
  }

  /** Tries backends until one accepts; nothing of the client was read yet, so trying the next one is safe. */
  async #serve(client: Socket): Promise<void> {
    const { pool, clock, suspect } = this.#deps;
    const tried = new Set<Backend>();
    for (let backend = pool.pick(tried); backend !== undefined && !client.destroyed; backend = pool.pick(tried)) {
      tried.add(backend);
      let upstream: Socket;
      try {
        upstream = await connectTcp(backend, connectTimeoutMs, clock);
      } catch (error) {
        this.#failed(backend, error);
        continue;
      }
      if (backend.state !== 'up') suspect(backend);
      if (client.destroyed) upstream.destroy();
      else this.#join(client, upstream, backend);
      return;
    }
    if (client.destroyed) return;
    this.totals.unserved++;
    abortSocket(client);
  }

  #failed(backend: Backend, error: unknown): void {
    backend.totals.connectFailures++;
    const detail = errorMessage(error);
    if (!isBackendsFault(error)) {
      this.#deps.log.warn({ backend: backend.name, detail }, 'connect failed');
      return;
    }
    const transition = backend.eject(detail, this.#deps.clock.wallMs());
    if (transition !== undefined) this.#report(backend, transition);
    this.#deps.suspect(backend);
  }

  #report(backend: Backend, { from, to }: Transition): void {
    const details = { backend: backend.name, from, detail: backend.lastCheck?.detail };
    if (to === 'up') this.#deps.log.info(details, 'backend is up');
    else this.#deps.log.warn(details, 'backend is down');
  }

  #join(client: Socket, upstream: Socket, backend: Backend): void {
    upstream.setKeepAlive(true, keepAliveDelayMs);
    backend.totals.connections++;
    const connection = relaySockets(client, upstream, this.#deps.clock, (closed) => {
      backend.connections.delete(closed);
      backend.totals.bytesFromClient += closed.bytesFromClient;
      backend.totals.bytesFromBackend += closed.bytesFromBackend;
    });
    backend.connections.add(connection);
  }
}

/** Running out of descriptors or ports here says nothing about the backend. */
function isBackendsFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ETIMEDOUT'].includes(code);
}
