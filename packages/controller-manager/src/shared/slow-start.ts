/**
 * Calls `work` `count` times, in batches of 1, 2, 4, … that run at once; after a batch with a failure no other one starts,
 * so that a quota or a broken webhook is asked once and not a thousand times.
 */
export async function slowStart(
  count: number,
  work: () => Promise<void>,
): Promise<{ succeeded: number; errors: readonly unknown[] }> {
  let succeeded = 0;
  for (let size = 1; succeeded < count; size *= 2) {
    const batch = await Promise.allSettled(Array.from({ length: Math.min(size, count - succeeded) }, work));
    const errors = batch.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    succeeded += batch.length - errors.length;
    if (errors.length > 0) return { succeeded, errors };
  }
  return { succeeded, errors: [] };
}
