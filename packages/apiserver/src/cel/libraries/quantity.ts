import { parseQuantity, type Quantity } from '@flotilla/api';
import { traversalCost } from '../cost.js';
import { type Overload, overload } from '../overload.js';
import { CelError, CelOpaque, sizeOf, type Value } from '../values.js';
import { libraryTypes } from './opaque-types.js';

const nanoUnit = 10n ** 9n;
const int64Max = 2n ** 63n - 1n;

class CelQuantity extends CelOpaque {
  readonly type = libraryTypes.quantity;
  readonly nano: bigint;

  constructor(nano: bigint) {
    super();
    this.nano = nano;
  }

  equals(other: CelOpaque): boolean {
    return other instanceof CelQuantity && other.nano === this.nano;
  }
}

const parsing = ([text = null]: readonly Value[]) => traversalCost(sizeOf(text));
const q = 'kubernetes.Quantity';

/** Amounts of resources: `quantity('1Gi').isGreaterThan(quantity('512Mi'))`. */
export const quantities: readonly Overload[] = [
  overload(`quantity(string): ${q}`, (text: string) => new CelQuantity(parse(text).nano), parsing),
  overload('isQuantity(string): bool', isQuantity, parsing),
  overload(`${q}.sign(): int`, ({ nano }: CelQuantity) => (nano < 0n ? -1n : nano > 0n ? 1n : 0n)),
  overload(`${q}.isGreaterThan(${q}): bool`, (a: CelQuantity, b: CelQuantity) => a.nano > b.nano),
  overload(`${q}.isLessThan(${q}): bool`, (a: CelQuantity, b: CelQuantity) => a.nano < b.nano),
  overload(`${q}.compareTo(${q}): int`, (a: CelQuantity, b: CelQuantity) => (a.nano < b.nano ? -1n : a.nano > b.nano ? 1n : 0n)),
  overload(`${q}.asApproximateFloat(): double`, ({ nano }: CelQuantity) => Number(nano) / Number(nanoUnit)),
  overload(`${q}.isInteger(): bool`, isInteger),
  overload(`${q}.asInteger(): int`, (amount: CelQuantity) => {
    if (!isInteger(amount)) throw new CelError('cannot convert value to integer');
    return amount.nano / nanoUnit;
  }),
  overload(`${q}.add(${q}): ${q}`, (a: CelQuantity, b: CelQuantity) => new CelQuantity(a.nano + b.nano)),
  overload(`${q}.add(int): ${q}`, (a: CelQuantity, b: bigint) => new CelQuantity(a.nano + b * nanoUnit)),
  overload(`${q}.sub(${q}): ${q}`, (a: CelQuantity, b: CelQuantity) => new CelQuantity(a.nano - b.nano)),
  overload(`${q}.sub(int): ${q}`, (a: CelQuantity, b: bigint) => new CelQuantity(a.nano - b * nanoUnit)),
];

function parse(text: string): Quantity {
  try {
    return parseQuantity(text);
  } catch (error) {
    throw new CelError(error instanceof Error ? error.message : String(error));
  }
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

function isInteger({ nano }: CelQuantity): boolean {
  return nano % nanoUnit === 0n && nano / nanoUnit <= int64Max;
}
