import { CelCostError, type CostBudget } from '../../cel/cost.js';
import type { Activation } from '../../cel/frame.js';
import { compile, type Program } from '../../cel/program.js';
import { CelCompileError } from '../../cel/source.js';
import type { CelType } from '../../cel/types.js';
import { CelError, type Value } from '../../cel/values.js';
import type { AccessMemo } from './access-memo.js';

/** An expression as it stands in a configuration: compiled, or with what is wrong with it. */
export type Compiled =
  | { readonly source: string; readonly program: Program }
  | { readonly source: string; readonly problem: string };

/** The common budget is spent: nothing more is evaluated. */
export class OutOfBudgetError extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

/** @param results the types that the result may have; none: any */
export function compileExpression(
  source: string,
  variables: ReadonlyMap<string, CelType>,
  ...results: readonly CelType[]
): Compiled {
  try {
    const program = compile(source, variables);
    const problem = results.length === 0 ? undefined : program.resultProblem(...results);
    return problem === undefined ? { source, program } : { source, problem };
  } catch (error) {
    if (error instanceof CelCompileError) return { source, problem: `compilation failed: ${error.message}` };
    throw error;
  }
}

export type Outcome = { readonly value: Value } | { readonly error: string };

/**
 * One evaluation, in Kubernetes' words when it fails.
 * @throws OutOfBudgetError
 */
export function evaluate(compiled: Compiled, activation: Activation, budget: CostBudget, memo: AccessMemo): Promise<Outcome> {
  if ('problem' in compiled) return Promise.resolve({ error: `compilation error: ${compiled.problem}` });
  return memo.settle(() => {
    // An evaluation that has to wait for an answer is repeated, and paid for once.
    let cost = 0;
    const outcome = outcomeOf(compiled.program, activation, (units) => {
      cost = units;
    });
    budget.spend(cost);
    if (budget.exhausted) throw new OutOfBudgetError();
    return outcome;
  });
}

function outcomeOf(program: Program, activation: Activation, onCost: (units: number) => void): Outcome {
  try {
    return { value: program.evaluate(activation, onCost) };
  } catch (error) {
    if (!(error instanceof CelError || error instanceof CelCostError)) throw error;
    return { error: `expression '${program.source}' resulted in error: ${error.message}` };
  }
}
