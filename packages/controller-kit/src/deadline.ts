import type { Clock } from '@flotilla/base';

/** It took too long; whether it was done is unknown. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/**
 * Runs `work` with a signal that aborts with the given one, if any, or after `limitMs` with a DeadlineError.
 * @throws what `work` throws
 */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new AbortController();
  const onAbort = () => limited.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancel = clock.after(limitMs, () => limited.abort(new DeadlineError(`not done within ${limitMs} ms`)));
  try {
    return await work(limited.signal);
  } finally {
    cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}
