/** What the conditions of all kinds have. */
export interface ConditionLike {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** A timestamp as the API writes it, to the second: `2026-11-21T03:37:17Z`. */
export function timestamp(wallMs: number): string {
  return `${new Date(wallMs).toISOString().slice(0, 19)}Z`;
}

/** A timestamp as Leases and events write it, with microseconds: `2026-11-21T03:37:17.120000Z`. */
export function microTimestamp(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z');
}

/**
 * The list with this condition in it. `lastTransitionTime` moves to `now` only when the status changes.
 * The same list comes back when it says so already.
 */
export function withCondition<C extends ConditionLike>(conditions: readonly C[], condition: C, now: string): readonly C[] {
  const old = conditions.find(({ type }) => type === condition.type);
  const lastTransitionTime = old?.status === condition.status ? (old.lastTransitionTime ?? now) : now;
  const next = { ...condition, lastTransitionTime };
  if (old === undefined) return [...conditions, next];
  if (old.status === next.status && old.reason === next.reason && old.message === next.message) return conditions;
  return conditions.map((one) => (one === old ? next : one));
}

/** Without members that are zero or absent, as the API writes the counts of a status. */
export function withoutZeroes<T extends object>(counts: T): Partial<T> {
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0 && value !== undefined)) as Partial<T>; // a part of T
}
