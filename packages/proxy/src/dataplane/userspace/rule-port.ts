import type { Clock, Logger, Random } from '@flotilla/base';
import type { Rule } from '../../plan/rule.js';

/** The sockets that serve one rule. */
export interface RulePort {
  /**
   * Makes the port serve this version of its rule; the key stays the same.
   * @throws the socket's error when the address cannot be bound
   */
  update(rule: Rule): Promise<void>;
  /** Established connections are left to end by themselves. */
  close(): Promise<void>;
  /** Ends established connections too. */
  destroy(): Promise<void>;
}

export interface PortDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}
