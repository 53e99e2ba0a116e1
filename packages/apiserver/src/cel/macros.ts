import type { ComprehensionMacro, Expression } from './ast.js';
import { CelSyntaxError } from './syntax-error.js';

/** `has(a.b)`. @returns undefined for what is no macro */
export function expandGlobalMacro(name: string, args: readonly Expression[], offset: number): Expression | undefined {
  const [argument] = args;
  if (name !== 'has' || args.length !== 1 || argument === undefined) return undefined;
  if (argument.kind !== 'select' || argument.mode !== 'value')
    throw new CelSyntaxError(offset, 'invalid argument to has() macro');
  return { ...argument, offset, mode: 'test' };
}

/** How a macro's arguments are to be read, by its name in the source and their number. */
const comprehensions: Readonly<
  Record<string, { readonly macro: ComprehensionMacro; readonly variables: 1 | 2; readonly rest: 'c' | 'r' | 'cr' }>
> = {
  'all/2': { macro: 'all', variables: 1, rest: 'c' },
  'all/3': { macro: 'all', variables: 2, rest: 'c' },
  'exists/2': { macro: 'exists', variables: 1, rest: 'c' },
  'exists/3': { macro: 'exists', variables: 2, rest: 'c' },
  'exists_one/2': { macro: 'existsOne', variables: 1, rest: 'c' },
  'existsOne/2': { macro: 'existsOne', variables: 1, rest: 'c' },
  'existsOne/3': { macro: 'existsOne', variables: 2, rest: 'c' },
  'filter/2': { macro: 'filter', variables: 1, rest: 'c' },
  'map/2': { macro: 'map', variables: 1, rest: 'r' },
  'map/3': { macro: 'map', variables: 1, rest: 'cr' },
  'sortBy/2': { macro: 'sortBy', variables: 1, rest: 'r' },
  'transformList/3': { macro: 'transformList', variables: 2, rest: 'r' },
  'transformList/4': { macro: 'transformList', variables: 2, rest: 'cr' },
  'transformMap/3': { macro: 'transformMap', variables: 2, rest: 'r' },
  'transformMap/4': { macro: 'transformMap', variables: 2, rest: 'cr' },
  'transformMapEntry/3': { macro: 'transformMapEntry', variables: 2, rest: 'r' },
  'transformMapEntry/4': { macro: 'transformMapEntry', variables: 2, rest: 'cr' },
};

/** `list.all(x, …)` and its kin. @returns undefined for what is no macro */
export function expandMemberMacro(
  operand: Expression,
  name: string,
  args: readonly Expression[],
  offset: number,
): Expression | undefined {
  if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
    const [variable, result] = args;
    if (variable === undefined || result === undefined) return undefined;
    const bound = variableName(variable, `${name}() variable name must be a simple identifier`);
    return { kind: 'optional-binding', offset, operand, name: bound, result, flat: name === 'optFlatMap' };
  }
  const shape = Object.hasOwn(comprehensions, `${name}/${args.length}`) ? comprehensions[`${name}/${args.length}`] : undefined;
  if (shape === undefined) return undefined;
  const names = args.slice(0, shape.variables).map((arg) => variableName(arg, 'argument must be a simple name'));
  const [first = '', second] = names;
  if (first === second) {
    throw new CelSyntaxError(args[1]?.offset ?? offset, `duplicate variable name: ${first}`);
  }
  const rest = args.slice(shape.variables);
  const condition = shape.rest === 'r' ? undefined : rest[0];
  const result = shape.rest === 'c' ? undefined : rest.at(-1);
  return { kind: 'comprehension', offset, macro: shape.macro, range: operand, first, second, condition, result };
}

function variableName(expression: Expression, complaint: string): string {
  if (expression.kind === 'identifier' && !expression.name.startsWith('.')) return expression.name;
  throw new CelSyntaxError(expression.offset, complaint);
}
