import type { Clock } from '@flotilla/base';

/** Runs `work` with a signal that aborts with the given one, or after `limitMs`. @throws what `work` throws */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new AbortController();
  const onAbort = () => limited.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const cancel = clock.after(limitMs, () => limited.abort(new Error(`not done within ${limitMs} ms`)));
  try {
    return await work(limited.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
}
