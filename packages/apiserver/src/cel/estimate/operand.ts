import type { Expression } from '../ast.js';
import type { CelType } from '../types.js';
import { type Size, unknownSize } from './size.js';

/**
 * How a value is reached from a variable: names of fields, `@items` and `@indices` of lists, `@keys` and `@values` of maps. Empty: it
 * is not.
 */
export type Path = readonly string[];

/** What is declared of a value's size. Undefined: nothing. */
export type DeclaredSize = (path: Path) => Size | undefined;

/** One argument of a call, or its receiver. */
export interface Operand {
  readonly expression: Expression;
  readonly type: CelType;
  readonly path: Path;
  /** Undefined: nothing is known. */
  readonly size: Size | undefined;
}

export function sizeOf({ size }: Operand): Size {
  return size ?? unknownSize;
}

/** Integers that stand in the expression. */
export function integerOf({ expression }: Operand): number | undefined {
  if (expression.kind !== 'literal' || typeof expression.value !== 'bigint') return undefined;
  return Number(expression.value);
}
