import { type CheckedExpression, check } from './checker.js';
import { CostMeter, perCallCostMax } from './cost.js';
import { estimateCost } from './estimate/estimate.js';
import type { DeclaredSize } from './estimate/operand.js';
import type { Activation, Step } from './frame.js';
import { plan } from './interpreter.js';
import { parse } from './parser.js';
import { CelCompileError } from './source.js';
import { CelSyntaxError } from './syntax-error.js';
import { type CelType, runtimeName, typeText } from './types.js';
import type { Value } from './values.js';

/** A compiled expression: free of side effects, and good for any number of evaluations. */
export class Program {
  readonly source: string;
  readonly #checked: CheckedExpression;
  readonly #step: Step;

  constructor(source: string, checked: CheckedExpression) {
    this.source = source;
    this.#checked = checked;
    this.#step = plan(checked.expression);
  }

  get resultType(): CelType {
    return this.#checked.type;
  }

  /** What an evaluation may cost in the worst case. @param declared the sizes that its variables can have */
  estimatedCost(declared: DeclaredSize): number {
    return estimateCost(this.#checked, declared);
  }

  /**
   * @throws CelError when the expression has no value; CelCostError when it costs more than `limit`
   * @param onCost hears what was spent, also when the evaluation throws
   */
  evaluate(activation: Activation, onCost: (units: number) => void = () => {}, limit: number = perCallCostMax): Value {
    const meter = new CostMeter(limit);
    try {
      return this.#step({ activation, meter, locals: undefined });
    } finally {
      onCost(meter.spent);
    }
  }

  /** `must evaluate to bool but got int`, when the result is of none of these types. */
  resultProblem(...wanted: readonly CelType[]): string | undefined {
    const actual = declaredText(this.resultType);
    const texts = wanted.map(declaredText);
    if (texts.includes(actual)) return undefined;
    return `must evaluate to ${texts.length === 1 ? texts[0] : `one of [${texts.join(' ')}]`} but got ${actual}`;
  }
}

/**
 * @param variables the names that the expression may use, each with its type; `dyn` where it is not known
 * @throws CelCompileError with cel-go's text
 * @example compile('self.replicas <= 5', new Map([['self', objectType('Self', { replicas: celTypes.int })]]))
 */
export function compile(source: string, variables: ReadonlyMap<string, CelType>): Program {
  const result = check(parsed(source), variables);
  if ('issues' in result) throw new CelCompileError(source, result.issues);
  return new Program(source, result.checked);
}

function parsed(source: string) {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof CelSyntaxError) throw new CelCompileError(source, [error]);
    throw error;
  }
}

/** Messages about results name types as expressions do, while those of the checker abbreviate. */
function declaredText(type: CelType): string {
  return type.kind === 'primitive' ? runtimeName(type) : typeText(type);
}
