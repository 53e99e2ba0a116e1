/**
 * A resource quantity: a decimal number with an optional suffix, `100m`, `1.5`, `128Mi`, `2e3`.
 * Kept exactly, as a whole number of nano units: Kubernetes rounds anything finer up.
 */
export interface Quantity {
  readonly nano: bigint;
  readonly format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

const binarySuffixes = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimalSuffixes: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const suffixOfExponent = new Map([...decimalSuffixes].map(([suffix, exponent]) => [exponent, suffix]));
const nanoDigits = 9;
const nanoUnit = 10n ** 9n;
/** Decimal numbers of more digits are capped at `valueMax`; shorter ones are kept, whatever their suffix makes of them. */
const exactDigits = 18;
const valueMax = (2n ** 63n - 1n) * nanoUnit;

const quantityProblem = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const quantitySuffixProblem = "unable to parse quantity's suffix";

/** An object's quantities are looked at many times while it is written, and most objects have the same few. */
const rememberedMax = 4_096;
const rememberedLengthMax = 24;
const remembered = new Map<string, Quantity>();

/** @throws RangeError with the text that Kubernetes has for it */
export function parseQuantity(given: string | number): Quantity {
  const text = String(given);
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const parsed = parse(text);
  if (remembered.size < rememberedMax && text.length <= rememberedLengthMax) remembered.set(text, parsed);
  return parsed;
}

/** Far more than any amount has; what is longer is refused, for arithmetic with millions of digits takes seconds. */
const lengthMax = 10_000;

function parse(text: string): Quantity {
  if (text.length > lengthMax) throw new RangeError(quantityProblem);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?((?:[eE][+-]?\d+)|[a-zA-Z]*)$/.exec(text);
  const [, sign, whole = '', fraction = '', suffix = ''] = match ?? [];
  if (match === null || (whole === '' && fraction === '')) throw new RangeError(quantityProblem);
  const binary = binarySuffixes.indexOf(suffix);
  const exponential = /^[eE][+-]?\d+$/.test(suffix);
  const exponent = exponential ? Number(suffix.slice(1)) : decimalSuffixes.get(suffix);
  if (binary < 0 && exponent === undefined) throw new RangeError(quantitySuffixProblem);
  const digits = BigInt(whole + fraction);
  const scaled =
    binary >= 0
      ? divideUp(digits * 1024n ** BigInt(binary + 1) * nanoUnit, 10n ** BigInt(fraction.length))
      : shift(digits, (exponent ?? 0) + nanoDigits - fraction.length);
  const capped = scaled > valueMax && (binary >= 0 || whole.length + fraction.length > exactDigits);
  const nano = capped ? valueMax : scaled;
  return { nano: sign === '-' ? -nano : nano, format: binary >= 0 ? 'BinarySI' : exponential ? 'DecimalExponent' : 'DecimalSI' };
}

const plainlyWhole = /^\d+(?:[kMGTPE]|[KMGTPE]i)?$/;
const plainlyMilli = /^\d+(?:[mkMGTPE]|[KMGTPE]i)?$/;

/** Whether one can see without arithmetic that a quantity has no part finer than the unit. False says nothing. */
export function isPlainlyWhole(text: string, unit: 'one' | 'milli'): boolean {
  return (unit === 'one' ? plainlyWhole : plainlyMilli).test(text);
}

/** The form in which Kubernetes prints it: no fraction, the largest suffix that loses nothing. */
export function quantityText({ nano, format }: Quantity): string {
  const sign = nano < 0n ? '-' : '';
  const absolute = nano < 0n ? -nano : nano;
  if (absolute === 0n) return '0';
  if (format === 'BinarySI' && absolute >= 1024n * nanoUnit && absolute % nanoUnit === 0n) {
    return `${sign}${binaryText(absolute / nanoUnit)}`;
  }
  let exponent = -nanoDigits;
  let digits = absolute;
  while (digits % 1000n === 0n && (format === 'DecimalExponent' || exponent < 18)) {
    digits /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return `${sign}${digits}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${digits}${suffixOfExponent.get(exponent) ?? ''}`;
}

/** `1500m`, `1.5` and `1500e-3` are one quantity, and this is how it is stored. */
export function canonicalQuantity(text: string | number): string {
  return quantityText(parseQuantity(text));
}

/** Whole units, rounded up: bytes of memory, say. */
export function quantityValue(text: string | number): number {
  return Number(divideUp(parseQuantity(text).nano, nanoUnit));
}

/** Thousandths, rounded up: millicores of CPU. */
export function quantityMilliValue(text: string | number): number {
  return Number(divideUp(parseQuantity(text).nano, 10n ** 6n));
}

/** Negative, zero or positive, as for sorting. */
export function compareQuantities(a: string | number, b: string | number): number {
  const difference = parseQuantity(a).nano - parseQuantity(b).nano;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The sum, printed in the format of the first that is not zero. */
export function addQuantities(quantities: readonly (string | number)[]): string {
  const parsed = quantities.map(parseQuantity);
  const format = parsed.find(({ nano }) => nano !== 0n)?.format ?? 'DecimalSI';
  return quantityText({ nano: parsed.reduce((sum, { nano }) => sum + nano, 0n), format });
}

function binaryText(value: bigint): string {
  let power = 0;
  let digits = value;
  while (digits % 1024n === 0n && power < binarySuffixes.length) {
    digits /= 1024n;
    power++;
  }
  return `${digits}${binarySuffixes[power - 1] ?? ''}`;
}

function shift(digits: bigint, places: number): bigint {
  // Beyond these the value is clamped or rounds up to one nano anyway, and 10n ** 1e9n would never end.
  if (places > 100) return digits === 0n ? 0n : valueMax;
  if (places < -400) return digits === 0n ? 0n : 1n;
  return places >= 0 ? digits * 10n ** BigInt(places) : divideUp(digits, 10n ** BigInt(-places));
}

/** Away from zero, as Kubernetes rounds. */
function divideUp(dividend: bigint, divisor: bigint): bigint {
  const rest = dividend % divisor;
  return dividend / divisor + (rest === 0n ? 0n : dividend < 0n ? -1n : 1n);
}
