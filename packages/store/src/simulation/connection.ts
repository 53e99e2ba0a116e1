import { type Random, randomInt } from '@flotilla/base';
import { StoreError } from '@flotilla/mvcc';
import type { EventQueue } from '@flotilla/sim';
import type { Life, SimMember } from './sim-member.js';

const requestTimeoutMs = 8_000;

/**
 * One request of a client to a member: it takes its time each way, and dies with the process it was handed to.
 * @throws StoreError `unavailable` when nobody listens; `unknown-outcome` when no answer came; or the member's own
 */
export function request<T>(
  queue: EventQueue,
  random: Random,
  member: SimMember,
  run: (life: Life) => Promise<T> | T,
): Promise<T> {
  const travelMs = () => randomInt(random, 1, 20) / 10;
  return new Promise<T>((resolve, reject) => {
    const lost = () => reject(new StoreError('unknown-outcome', 'the connection broke'));
    queue.after(requestTimeoutMs, lost);
    queue.after(travelMs(), () => {
      const { life, host } = member;
      if (life === undefined) {
        reject(new StoreError('unavailable', 'connection refused'));
        return;
      }
      const forget = member.onDeath(() => queue.after(travelMs(), lost));
      const answer = (settle: () => void) => {
        forget();
        queue.after(travelMs(), settle);
      };
      const handle = async () => run(life);
      host.guard(() => {
        handle().then(
          (result) => answer(() => resolve(result)),
          (error: unknown) => answer(() => reject(error)),
        );
      })();
    });
  });
}
