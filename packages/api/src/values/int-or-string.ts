/** What a field like maxSurge or targetPort holds. */
export type IntOrString = number | string;

/** Whether `value` is text such as `25%`. */
export function isPercent(value: IntOrString): value is string {
  return typeof value === 'string' && /^[0-9]+%$/.test(value);
}

/**
 * The number that `value` means: itself, or that share of `total`, as whole units.
 * @throws RangeError when it is text but no percentage
 */
export function scaledValue(value: IntOrString, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  if (!/^-?[0-9]+%$/.test(value)) {
    throw new RangeError('invalid value for IntOrString: invalid type: string is not a percentage');
  }
  const share = (Number(value.slice(0, -1)) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
