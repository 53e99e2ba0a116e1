import type { Expression } from './ast.js';

/**
 * A chain of `&&` or of `||` as a tree that is as low as can be: grouping does not matter to them, and what walks the tree recurses.
 * @param offsets of the operators, one fewer than terms, of which there is at least one
 */
export function balanced(name: string, terms: readonly Expression[], offsets: readonly number[]): Expression {
  const [only] = terms;
  const middle = Math.floor(offsets.length / 2);
  const offset = offsets[middle];
  if (only === undefined) throw new TypeError('a chain has terms');
  if (offset === undefined) return only;
  const left = balanced(name, terms.slice(0, middle + 1), offsets.slice(0, middle));
  const right = balanced(name, terms.slice(middle + 1), offsets.slice(middle + 1));
  return { kind: 'call', offset, name, target: undefined, args: [left, right] };
}
