import { hasReason, type Lease, type Persisted } from '@flotilla/api';
import { type Clock, type Logger, type Random, sleep } from '@flotilla/base';
import { microTimestamp } from './condition.js';
import { withDeadline } from './deadline.js';
import type { LeaseLock } from './lease-lock.js';

export interface LeaderElectorOptions {
  readonly lock: LeaseLock;
  /** Unique to this process: `host_uuid`. */
  readonly identity: string;
  /** How long a leader that went silent keeps the lease. */
  readonly leaseDurationMs?: number;
  /** A leader that could not renew for this long gives up, before another one may take over. */
  readonly renewDeadlineMs?: number;
  /** Between two attempts to acquire or renew. */
  readonly retryPeriodMs?: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  onLeading?(leading: boolean): void;
}

/** Another process may lead now. There is no way back to a clean state but to end this one. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
}

const jitterFactor = 1.2;
/** An attempt that hangs is cut short, so that there is time for another one, over another connection. */
const attemptsPerDeadline = 3;

/**
 * At most one of the processes that share a Lease leads at a time. A lease runs out by this process's own clock, counted from
 * when it saw the lease change: clocks of hosts need not agree, only run equally fast.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  #observed: Persisted<Lease> | undefined;
  #observedMs = 0;
  #wake: (() => void) | undefined;

  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (this.#leaseDurationMs <= this.#renewDeadlineMs || this.#renewDeadlineMs <= this.#retryPeriodMs * jitterFactor) {
      throw new RangeError('lease duration > renew deadline > retry period × 1.2 must hold');
    }
  }

  /**
   * Waits to become leader, then leads until the signal aborts; `lead` must then return, and the lease is released so that
   * the next one takes over at once.
   * @throws LeadershipLostError; whatever `lead` throws
   */
  async run(lead: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    if (!(await this.#acquire(signal))) return;
    const { log, lock, identity } = this.#options;
    log.info({ lease: lock.name, identity }, 'became leader');
    this.#options.onLeading?.(true);
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      const renewing = this.#renew(stop.signal);
      const leading = lead(stop.signal);
      leading.catch(() => undefined); // after lost leadership nobody waits for it any more
      // Whichever ends first, in whichever way, ends the other.
      await Promise.race([leading, renewing]).finally(() => stop.abort(signal.reason));
      await leading;
      await renewing;
      await this.#release();
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#options.onLeading?.(false);
    }
  }

  /** @returns false when the signal aborted */
  async #acquire(signal: AbortSignal): Promise<boolean> {
    const observing = new AbortController();
    const stop = () => observing.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const observed = this.#options.lock.observe((lease) => this.#observe(lease), observing.signal);
    observed.catch((error: unknown) => this.#options.log.error({ err: error }, 'observing the lease failed'));
    try {
      while (!signal.aborted) {
        if (await this.#attempt(signal)) return true;
        await this.#waitForChance(signal);
      }
      return false;
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  /** Until the lease that we know has run out or was given back, but at least one retry period. */
  async #waitForChance(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const retryMs = this.#retryPeriodMs * (1 + random.next() * (jitterFactor - 1));
    const wake = new AbortController();
    const onAbort = () => wake.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#wake = onAbort;
    const delayMs = Math.max(retryMs, this.#expiresMs() - clock.monotonicMs());
    await sleep(clock, delayMs, wake.signal).catch(() => undefined);
    this.#wake = undefined;
    signal.removeEventListener('abort', onAbort);
  }

  /** One try to take, or to keep, the lease. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { lock, clock, log } = this.#options;
    const limitMs = this.#renewDeadlineMs / attemptsPerDeadline;
    try {
      return await withDeadline(clock, limitMs, signal, (limited) => this.#take(limited));
    } catch (error) {
      const level = hasReason(error, 'Forbidden', 'Unauthorized') ? 'warn' : 'debug';
      if (!signal.aborted) log[level]({ lease: lock.name, err: error }, 'could not update the lease');
      return false;
    }
  }

  async #take(signal: AbortSignal): Promise<boolean> {
    const { lock } = this.#options;
    const lease = await lock.get(signal);
    this.#observe(lease);
    if (lease === undefined) {
      this.#observe(await lock.create(this.#spec(undefined), signal));
      return true;
    }
    if (!this.#isOurs(lease) && !this.#isFree(lease)) return false;
    this.#observe(await lock.update(lease, this.#spec(lease), signal));
    return true;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, lock, log } = this.#options;
    let renewedMs = clock.monotonicMs();
    for (;;) {
      await sleep(clock, this.#retryPeriodMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (await this.#renewOnce(signal)) renewedMs = clock.monotonicMs();
      else if (signal.aborted) return;
      else if (clock.monotonicMs() - renewedMs >= this.#renewDeadlineMs || !this.#isOurs(this.#observed)) {
        log.error({ lease: lock.name }, 'lost leadership');
        throw new LeadershipLostError(`could not renew the lease ${lock.name} in ${this.#renewDeadlineMs} ms`);
      }
    }
  }

  /** The common case takes one request: nobody else writes our lease. */
  async #renewOnce(signal: AbortSignal): Promise<boolean> {
    const { lock, clock } = this.#options;
    const last = this.#observed;
    if (last === undefined || !this.#isOurs(last)) return this.#attempt(signal);
    try {
      const update = (limited: AbortSignal) => lock.update(last, this.#spec(last), limited);
      this.#observe(await withDeadline(clock, this.#renewDeadlineMs / attemptsPerDeadline, signal, update));
      return true;
    } catch (error) {
      return hasReason(error, 'Conflict', 'NotFound') ? this.#attempt(signal) : false;
    }
  }

  async #release(): Promise<void> {
    const { lock, clock, log } = this.#options;
    const giveBack = async (signal: AbortSignal) => {
      const last = await lock.get(signal); // a renewal cut short may have been written nevertheless
      if (last === undefined || !this.#isOurs(last)) return;
      const renewTime = microTimestamp(clock.wallMs());
      await lock.update(last, { ...last.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime }, signal);
    };
    try {
      await withDeadline(clock, this.#retryPeriodMs, undefined, giveBack);
      log.info({ lease: lock.name }, 'released leadership');
    } catch (error) {
      log.warn({ lease: lock.name, err: error }, 'could not release the lease; it will run out');
    }
  }

  #observe(lease: Persisted<Lease> | undefined): void {
    const known = this.#observed;
    if (lease !== undefined && lease.metadata.resourceVersion === known?.metadata.resourceVersion) return;
    this.#observed = lease;
    this.#observedMs = this.#options.clock.monotonicMs();
    if (lease === undefined || this.#isFree(lease)) this.#wake?.();
  }

  #isOurs(lease: Persisted<Lease> | undefined): boolean {
    return lease?.spec?.holderIdentity === this.#options.identity;
  }

  /** Given back, or run out since we first saw it in this state. */
  #isFree(lease: Persisted<Lease>): boolean {
    return (lease.spec?.holderIdentity ?? '') === '' || this.#expiresMs() <= this.#options.clock.monotonicMs();
  }

  #expiresMs(): number {
    if (this.#observed === undefined) return 0;
    const seconds = this.#observed.spec?.leaseDurationSeconds;
    return this.#observedMs + (seconds === undefined ? this.#leaseDurationMs : seconds * 1_000);
  }

  #spec(lease: Persisted<Lease> | undefined): NonNullable<Lease['spec']> {
    const now = microTimestamp(this.#options.clock.wallMs());
    const old = lease?.spec;
    const kept = lease !== undefined && this.#isOurs(lease);
    const leaseTransitions = (old?.leaseTransitions ?? 0) + (lease === undefined || kept ? 0 : 1);
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1_000),
      acquireTime: kept ? (old?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions,
    };
  }
}
