import type { Overload } from './overload.js';

/** One piece of an expression. `offset`: where messages about it point to, in UTF-16 units of the source. */
export type Expression = Literal | Identifier | Select | Call | ListLiteral | MapLiteral | Comprehension | OptionalBinding;

interface Located {
  readonly offset: number;
}

export interface Literal extends Located {
  readonly kind: 'literal';
  readonly value:
    | null
    | boolean
    | bigint
    | number
    | string
    | Uint8Array
    | { readonly uint: bigint }
    | { readonly typeName: string };
}

export interface Identifier extends Located {
  readonly kind: 'identifier';
  /** With a leading dot when the name must not be a local one. */
  readonly name: string;
}

export interface Select extends Located {
  readonly kind: 'select';
  readonly operand: Expression;
  readonly field: string;
  /** `test`: `has(a.b)`; `optional`: `a.?b`. */
  readonly mode: 'value' | 'test' | 'optional';
}

export interface Call extends Located {
  readonly kind: 'call';
  /** Operators have cel-go's names, such as `_+_`, `!_` and `_?_:_`. */
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
  /** Found by the checker: what the function may mean here. */
  readonly overloads?: readonly Overload[];
}

export interface ListLiteral extends Located {
  readonly kind: 'list';
  readonly items: readonly { readonly value: Expression; readonly optional: boolean }[];
}

export interface MapLiteral extends Located {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Expression; readonly value: Expression; readonly optional: boolean }[];
}

/** `range.macro(first, second, …)`. Of macros with one variable `second` is absent. */
export interface Comprehension extends Located {
  readonly kind: 'comprehension';
  readonly macro: ComprehensionMacro;
  readonly range: Expression;
  readonly first: string;
  readonly second: string | undefined;
  /** Which elements count; of `all`, `exists` and `existsOne` the question itself. */
  readonly condition: Expression | undefined;
  /** What an element becomes, of the macros that transform. */
  readonly result: Expression | undefined;
}

export type ComprehensionMacro =
  | 'all'
  | 'exists'
  | 'existsOne'
  | 'filter'
  | 'map'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry'
  | 'sortBy';

/** `optional.optMap(name, result)`, or `optFlatMap`, whose result is an optional itself. */
export interface OptionalBinding extends Located {
  readonly kind: 'optional-binding';
  readonly operand: Expression;
  readonly name: string;
  readonly result: Expression;
  readonly flat: boolean;
}
