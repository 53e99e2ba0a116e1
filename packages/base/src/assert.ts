/** A broken invariant: a bug of ours, never a user's fault. Processes let it end them. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Stays on in production. `message` says which invariant holds here. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** For the branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`);
}

/** The value, where an invariant says that it is there. */
export function defined<T>(value: T | undefined | null, message: string): T {
  if (value === undefined || value === null) throw new AssertionError(message);
  return value;
}
