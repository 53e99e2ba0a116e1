/** Withdraws a scheduled call; calling it again, or after the call ran, does nothing. */
export type Cancel = () => void;

/**
 * The only source of time. Cores take it as an argument, so that a simulation can replay one history exactly.
 * The real one is `systemClock` of `@flotilla/process`; tests use `ManualClock` of this package.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes backwards. For durations and timeouts. */
  monotonicMs(): number;
  /** Milliseconds since the Unix epoch; may jump. For timestamps that people read. */
  wallMs(): number;
  /** Calls `fn` once, no sooner than `delayMs` from now. */
  after(delayMs: number, fn: () => void): Cancel;
}

/**
 * Resolves after `delayMs`.
 * @throws the signal's reason, when it aborts first
 */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** The part of `AbortSignal` that pure packages, which see no Node.js or DOM types, may rely on. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
