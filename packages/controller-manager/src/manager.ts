import type { Controller, ControllerContext } from './controller.js';

/**
 * Runs controllers on one set of caches until the signal aborts. None of them acts before all caches are filled that they have asked
 * for by then: what is not in a cache then is not there. Caches of resources that are discovered later are their users' to wait for.
 * @throws what a controller or a cache's handler throws: a bug
 */
export async function runControllers(
  controllers: readonly Controller[],
  context: ControllerContext,
  signal: AbortSignal,
): Promise<void> {
  const runs = controllers.map((controller) => controller.start(context));
  const caches = context.informers.run(signal);
  caches.catch(() => undefined); // awaited below
  try {
    await Promise.race([context.informers.synced(signal), caches]);
  } catch (error) {
    if (signal.aborted) return caches;
    throw error;
  }
  if (signal.aborted) return caches;
  context.log.info({ controllers: controllers.map(({ name }) => name) }, 'caches are filled, controllers start');
  await Promise.all([caches, context.served.run(signal), ...runs.map((run) => run(signal))]);
}
