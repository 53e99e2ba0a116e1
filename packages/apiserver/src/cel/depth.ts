import type { Expression } from './ast.js';

/** Whether an expression has more than `max` levels; told without recursion, so that no expression is too deep to ask. */
export function deeperThan(expression: Expression, max: number): boolean {
  let level: readonly Expression[] = [expression];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === max) return true;
    level = level.flatMap(partsOf);
  }
  return false;
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'identifier':
      return [];
    case 'select':
      return [expression.operand];
    case 'call':
      return expression.target === undefined ? expression.args : [expression.target, ...expression.args];
    case 'list':
      return expression.items.map(({ value }) => value);
    case 'map':
      return expression.entries.flatMap(({ key, value }) => [key, value]);
    case 'comprehension':
      return [expression.range, expression.condition, expression.result].filter((part) => part !== undefined);
    case 'optional-binding':
      return [expression.operand, expression.result];
  }
}
