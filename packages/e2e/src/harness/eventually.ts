import { errorMessage } from '@flotilla/base';

const pollMs = 50;

/**
 * Tries again until the assertion holds, for as long as it may take.
 * @returns what `attempt` returned
 * @throws the last failure, at the deadline
 */
export async function eventually<T>(what: string, attempt: () => Promise<T> | T, withinMs = 30_000): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadlineMs) {
        const reason = errorMessage(error);
        throw new Error(`not within ${withinMs} ms: ${what}: ${reason}`, { cause: error });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
