import type { Clock, Logger } from '@flotilla/base';
import { type Command, encodeCommand, Lessor, type LessorOptions, type MvccStore } from '@flotilla/mvcc';
import type { Member } from '../member.js';

/**
 * Runs a `Lessor` on this member's clock: while it leads, leases that run out are revoked through the log, and the time
 * left of long ones is stored.
 */
export function startLeaseClock(
  member: Member<MvccStore>,
  clock: Clock,
  log: Logger,
  options: LessorOptions,
): { readonly lessor: Lessor; close(): void } {
  const propose = (command: Command) => {
    // Failing is fine: the lessor asks again, here or on the next leader.
    member.propose(encodeCommand(command)).catch((error: unknown) => {
      log.debug({ err: error, command: Object.keys(command)[0] }, 'the lessor’s command was not proposed');
    });
  };
  const lessor = new Lessor(clock, propose, options);
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
