import type { Rule } from '../plan/rule.js';

export interface RuleFailure {
  readonly rule: Rule;
  readonly error: Error;
}

/**
 * Makes rules true on this host. Every implementation passes `data-plane-contract.ts`:
 * - after `apply`, new connections to a rule's address reach its targets, in turn, and nothing else is answered;
 *   a target that refuses is passed over as long as another one is left;
 * - a rule without targets refuses connections;
 * - established connections stay while their endpoint is `known`, and are closed when it is not;
 * - applying the same rules again changes nothing.
 */
export interface DataPlane {
  readonly name: string;
  /** Never called again before it has settled. @returns the rules that could not be made true; the others are. */
  apply(rules: readonly Rule[]): Promise<readonly RuleFailure[]>;
  close(): Promise<void>;
}
