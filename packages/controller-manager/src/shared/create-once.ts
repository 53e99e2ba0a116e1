import { hasReason, type KubernetesObject, type Persisted } from '@flotilla/api';
import { backoffMs, sleep } from '@flotilla/base';
import { ConnectionError, type ResourceClient } from '@flotilla/client';
import { controllerOf, DeadlineError, withDeadline } from '@flotilla/controller-kit';

const retry = { baseMs: 100, maxMs: 2_000 };
/** A create that hangs is asked again over another connection. */
const attemptMs = 10_000;

/**
 * Creates an object that has a name of its own and a controller. When no answer comes, asks again under the same name until
 * there is one: "already exists" with our controller's uid then means that the first attempt went through.
 *
 * The signal ends the attempts, but none that is under way: a leader that stops must know what it has made before the next one
 * looks, or there would be one too many.
 * @param seen whether the object is known to have been there, so that asking again could only make it anew
 * @returns undefined when there was no answer but it was seen
 * @throws StatusError of the server; the signal's reason
 */
export async function createOnce<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  object: T,
  signal: AbortSignal,
  seen: () => boolean = () => false,
): Promise<Persisted<T> | undefined> {
  const { clock, random } = resource.client;
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    try {
      return await withDeadline(clock, attemptMs, undefined, (limited) => resource.create(object, { signal: limited }));
    } catch (error) {
      if (failures > 0 && hasReason(error, 'AlreadyExists')) return ours(resource, object, error, signal);
      if (!(error instanceof ConnectionError || error instanceof DeadlineError)) throw error;
      failures++;
      await sleep(clock, backoffMs(failures, retry, random), signal);
      if (seen()) return undefined;
    }
  }
}

async function ours<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  object: T,
  error: unknown,
  signal: AbortSignal,
): Promise<Persisted<T>> {
  const { name = '', namespace } = object.metadata;
  const existing = await resource.get(name, { namespace, signal });
  if (controllerOf(existing)?.uid !== controllerOf(object)?.uid) throw error;
  return existing;
}
