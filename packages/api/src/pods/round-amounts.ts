import type { PodSpec } from '../generated/types.js';
import { setMember } from '../json.js';
import type { Draft } from '../objects.js';
import { isPlainlyWhole, parseQuantity, quantityText } from '../values/quantity.js';
import { containersOf } from './visit-containers.js';

const milli = 1_000_000n;

type Amounts = Record<string, string | undefined>;

/** Kubernetes counts resources in thousandths: what is finer is rounded up. */
export function roundPodAmounts(spec: Draft<PodSpec>): void {
  const claims = (spec.volumes ?? []).map(({ ephemeral }) => ephemeral?.volumeClaimTemplate?.spec?.resources);
  const containers = containersOf(spec).map(({ resources }) => resources);
  for (const resources of [spec.resources, { limits: spec.overhead }, ...claims, ...containers]) {
    if (resources?.limits !== undefined) roundAmounts(resources.limits);
    if (resources?.requests !== undefined) roundAmounts(resources.requests);
  }
}

function roundAmounts(amounts: Amounts): void {
  for (const [name, amount = '0'] of Object.entries(amounts)) {
    if (isPlainlyWhole(amount, 'milli')) continue;
    const { nano, format } = parseQuantity(amount);
    const rest = nano % milli;
    if (rest === 0n) continue;
    const rounded = nano - rest + (rest > 0n ? milli : -milli);
    setMember(amounts, name, quantityText({ nano: rounded, format }));
  }
}
