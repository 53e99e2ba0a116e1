import { backoffMs, type Cancel, type Clock, defined, type Logger, type Random, randomInt } from '@flotilla/base';
import { drainMs, reconnectBackoff } from '../limits.js';
import type { TlsMaterial } from './member-connection.js';

export interface DialerOptions {
  /** `https://host:2379`, or `http://…` without TLS. The first one is picked by chance, to spread clients. */
  readonly endpoints: readonly string[];
  /** Read for every connection, so that a rotated certificate is used by the next. */
  readonly tls?: TlsMaterial | (() => TlsMaterial);
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What the dialer needs of a connection. */
export interface Dialled {
  close(): void;
}

/** What a connection tells its dialer. */
export interface DialEvents {
  opened(): void;
  alive(): void;
  leaving(reason: string): void;
  closed(reason: string): void;
}

export interface DialerHooks<Connection extends Dialled> {
  connect(endpoint: string, tls: TlsMaterial | undefined, events: DialEvents): Connection;
  opened(connection: Connection): void;
  /** The present connection takes no more requests: the next is on its way. */
  left(): void;
  /** A connection is gone; it need not be the present one. */
  lost(connection: Connection, reason: string): void;
  /** An attempt failed; others follow while `wanted`. */
  unreachable(reason: string): void;
  /** Is there anything to be connected for? */
  wanted(): boolean;
}

/** @throws TypeError when an endpoint is no http(s) URL, or there is none */
export function checkEndpoints(endpoints: readonly string[]): void {
  if (endpoints.length === 0) throw new TypeError('no store endpoint given');
  for (const endpoint of endpoints) {
    if (!/^https?:$/.test(new URL(endpoint).protocol)) throw new TypeError(`not an http or https URL: ${endpoint}`);
  }
}

/** Keeps one connection to one of the endpoints while it is wanted, going round them when it fails. */
export class Dialer<Connection extends Dialled> {
  readonly #options: DialerOptions;
  readonly #hooks: DialerHooks<Connection>;
  #endpoint: number;
  #failures = 0;
  #connection: Connection | undefined;
  /** Connections that were left, with what calls off their end. */
  readonly #left = new Map<Connection, Cancel>();
  #cancelDelay: Cancel | undefined;
  #closed = false;

  /** @throws TypeError when an endpoint is no http(s) URL, or there is none */
  constructor(options: DialerOptions, hooks: DialerHooks<Connection>) {
    checkEndpoints(options.endpoints);
    this.#options = options;
    this.#hooks = hooks;
    this.#endpoint = randomInt(options.random, 0, options.endpoints.length);
  }

  /** Starts connecting, unless connected or about to be. */
  ensure(): void {
    if (!this.#closed && this.#connection === undefined && this.#cancelDelay === undefined) this.#dial();
  }

  /** Leaves the present member for the next one. What it has yet to answer may still come. */
  switchMember(): void {
    const left = this.#connection;
    if (left === undefined) return;
    this.#connection = undefined;
    this.#left.set(
      left,
      this.#options.clock.after(drainMs, () => left.close()),
    );
    this.#hooks.left();
    this.#endpoint++;
    this.#redial();
  }

  close(): void {
    this.#closed = true;
    this.#cancelDelay?.();
    this.#connection?.close();
    for (const connection of [...this.#left.keys()]) connection.close();
  }

  #dial(): void {
    const { endpoints, tls, log } = this.#options;
    const endpoint = defined(endpoints[this.#endpoint % endpoints.length], 'there is an endpoint');
    const material = typeof tls === 'function' ? tls() : tls;
    let opened = false;
    const connection = this.#hooks.connect(endpoint, material, {
      opened: () => {
        opened = true;
        log.debug({ endpoint }, 'connected to the store');
        this.#hooks.opened(connection);
      },
      alive: () => {
        this.#failures = 0; // not when opened: a member that greets and then hangs up has failed too
      },
      leaving: (reason) => {
        if (connection !== this.#connection) return;
        this.#failures++;
        this.#report(endpoint, reason, opened);
        this.switchMember();
      },
      closed: (reason) => this.#onClosed(connection, endpoint, reason, opened),
    });
    this.#connection = connection;
  }

  #onClosed(connection: Connection, endpoint: string, reason: string, opened: boolean): void {
    const callOff = this.#left.get(connection);
    if (callOff !== undefined) {
      callOff();
      this.#left.delete(connection);
      this.#hooks.lost(connection, reason);
      return;
    }
    this.#connection = undefined;
    this.#endpoint++;
    this.#failures++;
    if (!this.#closed) this.#report(endpoint, reason, opened);
    if (opened) this.#hooks.lost(connection, reason);
    else this.#hooks.unreachable(`${endpoint}: ${reason}`);
    this.#redial();
  }

  /** One warning per endpoint and outage; what follows only repeats it. */
  #report(endpoint: string, reason: string, opened: boolean): void {
    const { endpoints, log } = this.#options;
    const message = opened ? 'connection to the store lost' : 'store member not reachable';
    if (this.#failures > endpoints.length) log.debug({ endpoint, reason }, message);
    else log.warn({ endpoint, reason }, message);
  }

  /** Each endpoint gets one try at once; delays start when all of them have failed. */
  #redial(): void {
    if (this.#closed || !this.#hooks.wanted()) return;
    const rounds = Math.max(0, this.#failures - this.#options.endpoints.length);
    const delayMs = rounds === 0 ? 0 : backoffMs(rounds, reconnectBackoff, this.#options.random);
    this.#cancelDelay = this.#options.clock.after(delayMs, () => {
      this.#cancelDelay = undefined;
      if (!this.#closed && this.#hooks.wanted()) this.#dial();
    });
  }
}
