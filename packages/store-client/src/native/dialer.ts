import { backoffMs, type Cancel, type Clock, defined, type Logger, type Random, randomInt } from '@flotilla/base';
import { drainMs, reconnectBackoff } from '../limits.js';
import { Connection, type TlsMaterial } from './connection.js';
import type { Frame, Hello } from './frames.js';

export interface DialerOptions {
  /** `https://host:2379`, or `http://…` without TLS. The first one is picked by chance, to spread clients. */
  readonly endpoints: readonly string[];
  /** Read for every connection, so that a rotated certificate is used by the next. */
  readonly tls?: TlsMaterial | (() => TlsMaterial);
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface DialerEvents {
  opened(connection: Connection, hello: Hello): void;
  /** From the present connection, or from one that was left and is still answering. */
  frame(connection: Connection, frame: Frame): void;
  /** The present connection takes no more requests: the next is on its way. */
  left(): void;
  /** A connection is gone; it need not be the present one. */
  lost(connection: Connection, reason: string): void;
  /** An attempt failed; others follow while `wanted`. */
  unreachable(reason: string): void;
  /** Is there anything to be connected for? */
  wanted(): boolean;
}

/** Keeps one connection to one of the endpoints while it is wanted, going round them when it fails. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #events: DialerEvents;
  #endpoint: number;
  #failures = 0;
  #connection: Connection | undefined;
  /** Connections that were left, with what calls off their end. */
  readonly #left = new Map<Connection, Cancel>();
  #cancelDelay: Cancel | undefined;
  #closed = false;

  constructor(options: DialerOptions, events: DialerEvents) {
    this.#options = options;
    this.#events = events;
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
    this.#events.left();
    this.#endpoint++;
    this.#dial();
  }

  close(): void {
    this.#closed = true;
    this.#cancelDelay?.();
    this.#connection?.close();
    for (const connection of [...this.#left.keys()]) connection.close();
  }

  #dial(): void {
    const { endpoints, tls, clock, log } = this.#options;
    const endpoint = defined(endpoints[this.#endpoint % endpoints.length], 'there is an endpoint');
    const material = typeof tls === 'function' ? tls() : tls;
    let opened = false;
    const connection = new Connection(endpoint, material, clock, {
      opened: (hello) => {
        opened = true;
        log.debug({ endpoint }, 'connected to the store');
        this.#events.opened(connection, hello);
      },
      frame: (frame) => {
        this.#failures = 0; // not before: a member that greets and then hangs up has failed too
        this.#events.frame(connection, frame);
      },
      closed: (reason) => {
        const callOff = this.#left.get(connection);
        if (callOff !== undefined) {
          callOff();
          this.#left.delete(connection);
          this.#events.lost(connection, reason);
          return;
        }
        this.#connection = undefined;
        this.#endpoint++;
        this.#failures++;
        if (!this.#closed) this.#report(endpoint, reason, opened);
        if (opened) this.#events.lost(connection, reason);
        else this.#events.unreachable(`${endpoint}: ${reason}`);
        this.#redial();
      },
    });
    this.#connection = connection;
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
    if (this.#closed || !this.#events.wanted()) return;
    const rounds = Math.max(0, this.#failures - this.#options.endpoints.length);
    const delayMs = rounds === 0 ? 0 : backoffMs(rounds, reconnectBackoff, this.#options.random);
    this.#cancelDelay = this.#options.clock.after(delayMs, () => {
      this.#cancelDelay = undefined;
      if (!this.#closed && this.#events.wanted()) this.#dial();
    });
  }
}
