/** Kubernetes' numbers: what one evaluation may cost, and all those of one object or of one webhook's match conditions together. */
export const perCallCostMax = 1_000_000;
export const runtimeCostBudget = 10_000_000;
export const matchConditionsCostBudget = 2_500_000;

/** cel-go's units of cost. */
export const selectCost = 1;
export const callCost = 1;
export const listCost = 10;
export const mapCost = 30;
export const structCost = 40;
/** Of a character that is looked at, and of a pattern's character for each of these. */
export const traversalFactor = 0.1;
export const matchFactor = 0.25;

/** An evaluation that has cost more than it may. Nothing in the expression can catch it. */
export class CelCostError extends Error {
  override readonly name = 'CelCostError';

  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** Counts the steps of one evaluation. */
export class CostMeter {
  #spent = 0;
  readonly #limit: number;

  constructor(limit: number = perCallCostMax) {
    this.#limit = limit;
  }

  get spent(): number {
    return this.#spent;
  }

  /** @throws CelCostError */
  charge(units: number): void {
    this.#spent += units;
    if (this.#spent > this.#limit) throw new CelCostError();
  }
}

/** What is left for several evaluations together. */
export class CostBudget {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  get exhausted(): boolean {
    return this.#left < 0;
  }

  spend(units: number): void {
    this.#left -= units;
  }
}

/** Of looking once at every character. */
export function traversalCost(characters: number): number {
  return Math.ceil(characters * traversalFactor);
}

/** Of matching a text against a pattern: a linear engine, of a size that grows with the pattern. */
export function matchCost(textLength: number, patternLength: number): number {
  return Math.ceil((1 + textLength) * traversalFactor) * Math.ceil(patternLength * matchFactor);
}
