import type { Container, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { addQuantities, compareQuantities } from '../values/quantity.js';

/** So much of each resource, as quantities. */
export type Amounts = Readonly<Record<string, string>>;

/** Resources that a pod may ask for as a whole, in place of its containers (KEP-2837). */
export function isOfWholePods(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** What a pod asks for, or is limited to: what it says as a whole, or else its containers. Overhead is not in it. */
export function podAmounts(spec: Draft<PodSpec>, kind: 'requests' | 'limits'): Amounts {
  const whole = Object.entries((spec.resources?.[kind] ?? {}) as Amounts).filter(([name]) => isOfWholePods(name));
  return { ...containerAmounts(spec, kind), ...Object.fromEntries(whole) };
}

/**
 * The larger of what a pod's containers need together and what any of its init containers needs at its turn, beside the
 * restartable ones that started before it (KEP-753).
 */
export function containerAmounts(spec: Draft<PodSpec>, kind: 'requests' | 'limits'): Amounts {
  const amountsOf = ({ resources }: Draft<Container>) => (resources?.[kind] ?? {}) as Amounts; // just quantities, as decoded
  let running: Amounts = {};
  for (const container of spec.containers ?? []) running = addAmounts(running, amountsOf(container));
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of spec.initContainers ?? []) {
    const turn = addAmounts(sidecars, amountsOf(container));
    if (container.restartPolicy === 'Always') {
      running = addAmounts(running, amountsOf(container));
      sidecars = turn;
    }
    starting = largerAmounts(starting, turn);
  }
  return largerAmounts(running, starting);
}

export function addAmounts(a: Amounts, b: Amounts): Amounts {
  const sum: Record<string, string> = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    sum[name] = Object.hasOwn(sum, name) ? addQuantities([sum[name] ?? '0', amount]) : amount;
  }
  return sum;
}

function largerAmounts(a: Amounts, b: Amounts): Amounts {
  const result: Record<string, string> = { ...a };
  for (const [name, amount] of Object.entries(b)) {
    if (!Object.hasOwn(result, name) || compareQuantities(amount, result[name] ?? '0') > 0) result[name] = amount;
  }
  return result;
}
