import type { Container, EnvVar } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { canonicalQuantity, isPlainlyWhole, parseQuantity } from '../values/quantity.js';

const wholeNano = 1_000_000_000n;
const counted = ['memory', 'ephemeral-storage'];

type Amounts = Readonly<Record<string, string | undefined>>;

/** Of memory and storage there are whole bytes only. @param at the path of the amounts */
export function warnOfFractions(amounts: Amounts | undefined, names: readonly string[], at: string): string[] {
  return names.flatMap((name) => {
    const amount = amounts?.[name];
    if (amount === undefined || isPlainlyWhole(amount, 'one') || parseQuantity(amount).nano % wholeNano === 0n) return [];
    const shown = JSON.stringify(canonicalQuantity(amount));
    return [`${at}[${name}]: fractional byte value ${shown} is invalid, must be an integer`];
  });
}

export function warnOfBytes(amounts: Amounts | undefined, at: string): string[] {
  return warnOfFractions(amounts, counted, at);
}

export function warnOfResources({ resources }: Draft<Container>, at: string): string[] {
  return counted.flatMap((name) => [
    ...warnOfFractions(resources?.limits, [name], `${at}.resources.limits`),
    ...warnOfFractions(resources?.requests, [name], `${at}.resources.requests`),
  ]);
}

/** A variable that is given twice; that its second value contains its first is the one good reason for it. */
export function warnOfEnv(variables: readonly Draft<EnvVar>[], at: string): string[] {
  const names = new Set<string>();
  return variables.flatMap(({ name = '', value = '', valueFrom }, index) => {
    if (!names.has(name)) {
      names.add(name);
      return [];
    }
    const reference = `$(${name})`;
    if (valueFrom === undefined && value !== reference && value.includes(reference)) return [];
    return [`${at}[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`];
  });
}
