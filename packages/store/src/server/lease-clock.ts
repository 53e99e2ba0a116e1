import type { Clock, Logger } from '@flotilla/base';
import { encodeCommand, Lessor, type MvccStore } from '@flotilla/mvcc';
import type { Member } from '../member.js';

/** Runs a `Lessor` on this member's clock: while it leads, leases that run out are revoked through the log. */
export function startLeaseClock(
  member: Member<MvccStore>,
  clock: Clock,
  log: Logger,
): { readonly lessor: Lessor; close(): void } {
  const lessor = new Lessor(clock, (id, renewals) => {
    // Failing is fine: the lessor asks again, here or on the next leader.
    member.propose(encodeCommand({ leaseExpire: { id, renewals } })).catch((error: unknown) => {
      log.debug({ err: error, lease: id.toString(16) }, 'lease expiry not proposed');
    });
  });
  member.store.observeLeases(lessor);
  const cancel = member.onLeadership(({ leading }) => lessor.setLeading(leading));
  return {
    lessor,
    close() {
      cancel();
      lessor.close();
    },
  };
}
