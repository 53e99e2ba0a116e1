import { type Clock, type Random, seededRandom } from '@flotilla/base';

/** Real time, for tests that wait for real sockets. */
export const testClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
};

export const testRandom: Random = seededRandom(1);

/** Waits until `condition` holds, looking again whenever the event loop has turned. @throws after `limitMs` */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>, limitMs = 5_000): Promise<void> {
  const untilMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > untilMs) throw new Error(`did not happen within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
