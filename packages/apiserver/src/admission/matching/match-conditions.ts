import type { MatchCondition } from '@flotilla/api';
import { CostBudget, matchConditionsCostBudget } from '../../cel/cost.js';
import type { Activation } from '../../cel/frame.js';
import { type CelType, celTypes } from '../../cel/types.js';
import type { AccessMemo } from './access-memo.js';
import { type Compiled, compileExpression, evaluate, OutOfBudgetError } from './evaluation.js';

export type Conditions = readonly Compiled[];

export function compileConditions(
  conditions: readonly MatchCondition[] | undefined,
  variables: ReadonlyMap<string, CelType>,
): Conditions {
  return (conditions ?? []).map(({ expression }) => compileExpression(expression, variables, celTypes.bool));
}

/**
 * Whether a request meets all conditions. One that is false decides, whatever the others are; else errors count as the
 * failure policy says.
 * @returns `error`: what to refuse the request with
 */
export async function conditionsHold(
  conditions: Conditions,
  failurePolicy: string | undefined,
  activation: Activation,
  memo: AccessMemo,
): Promise<{ readonly matches: boolean } | { readonly error: string }> {
  const budget = new CostBudget(matchConditionsCostBudget);
  const errors: string[] = [];
  try {
    for (const condition of conditions) {
      const outcome = await evaluate(condition, activation, budget, memo);
      if ('error' in outcome) errors.push(outcome.error);
      else if (outcome.value === false) return { matches: false };
    }
  } catch (error) {
    if (!(error instanceof OutOfBudgetError)) throw error;
    errors.splice(0, errors.length, error.message);
  }
  if (errors.length === 0) return { matches: true };
  if (failurePolicy === 'Ignore') return { matches: false };
  return { error: aggregate(errors) };
}

/** As Kubernetes lists several errors. */
function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`;
}
