import { type Container, type Pod, quantityMilliValue, quantityValue } from '@flotilla/api';

/** Amounts by resource name: `cpu` in thousandths of a core, everything else in whole units (bytes, pods, devices). */
export type Resources = ReadonlyMap<string, number>;

/** What a container that asks for nothing counts as when nodes are compared: 0.1 cores and 200 MB, as in Kubernetes. */
const nonZeroDefaults: Resources = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
]);

export function parseResources(quantities: Readonly<Record<string, string | number>> | undefined): Resources {
  return new Map(Object.entries(quantities ?? {}).map(([name, text]) => [name, parseAmount(name, text)]));
}

function parseAmount(name: string, text: string | number): number {
  return name === 'cpu' ? quantityMilliValue(text) : quantityValue(text);
}

/** Adds, or with `sign` −1 takes away, in place. */
export function accumulate(sum: Map<string, number>, amounts: Resources, sign: 1 | -1 = 1): void {
  for (const [name, amount] of amounts) sum.set(name, (sum.get(name) ?? 0) + sign * amount);
}

/**
 * What a pod occupies on its node: the larger of what its containers need together and what any of its init containers
 * needs at its turn, plus overhead. A restartable init container (sidecar) runs beside all that come after it (KEP-753).
 * @param nonZero count containers that ask for no CPU or memory as if they asked for a little, for comparing nodes
 */
export function podRequests(pod: Pod, nonZero = false): Resources {
  const requestsOf = (container: Container) => withDefaults(parseResources(container.resources?.requests), nonZero);
  const running = new Map<string, number>();
  for (const container of pod.spec.containers) accumulate(running, requestsOf(container));
  const sidecars = new Map<string, number>();
  const starting = new Map<string, number>();
  for (const container of pod.spec.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      accumulate(running, requests);
      accumulate(sidecars, requests);
      raise(starting, sidecars);
      continue;
    }
    const turn = new Map(sidecars);
    accumulate(turn, requests);
    raise(starting, turn);
  }
  raise(running, starting);
  // Requests of the pod as a whole replace the sum over its containers (KEP-2837).
  for (const [name, amount] of parseResources(pod.spec.resources?.requests)) running.set(name, amount);
  accumulate(running, parseResources(pod.spec.overhead));
  return running;
}

function withDefaults(requests: Resources, nonZero: boolean): Resources {
  return nonZero ? new Map([...nonZeroDefaults, ...requests]) : requests;
}

function raise(to: Map<string, number>, least: Resources): void {
  for (const [name, amount] of least) if (amount > (to.get(name) ?? 0)) to.set(name, amount);
}
