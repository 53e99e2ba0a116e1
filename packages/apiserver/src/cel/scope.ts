import type { Expression } from './ast.js';
import { libraryTypes } from './libraries/opaque-types.js';
import { type CelType, celTypes, listOf, mapOf, runtimeName } from './types.js';

/** The names that an expression may use at one place: those that macros have bound there, then those that were declared. */
export class Scope {
  readonly #declared: ReadonlyMap<string, CelType>;
  readonly #locals: ReadonlyMap<string, CelType>;

  constructor(declared: ReadonlyMap<string, CelType>, locals: ReadonlyMap<string, CelType> = new Map()) {
    this.#declared = declared;
    this.#locals = locals;
  }

  with(locals: Iterable<readonly [string, CelType]>): Scope {
    return new Scope(this.#declared, new Map([...this.#locals, ...locals]));
  }

  local(name: string): CelType | undefined {
    return this.#locals.get(name);
  }

  declared(name: string): CelType | undefined {
    return this.#declared.get(name);
  }
}

/** `a.b.c` as it stands in the source, when it is names and dots alone. */
export function qualifiedName(expression: Expression): string | undefined {
  if (expression.kind === 'identifier') return expression.name;
  if (expression.kind !== 'select' || expression.mode !== 'value') return undefined;
  const operand = qualifiedName(expression.operand);
  return operand === undefined ? undefined : `${operand}.${expression.field}`;
}

const { bool, bytes, double, duration, dyn, int, string, timestamp, uint } = celTypes;

/** Types that can be named in an expression, by the name they have there. */
export const namedTypes: ReadonlyMap<string, CelType> = new Map([
  ...[bool, bytes, double, duration, dyn, int, string, timestamp, uint, celTypes.null, listOf(dyn), mapOf(dyn, dyn)].map(
    (type): [string, CelType] => [runtimeName(type), type],
  ),
  ['type', { kind: 'type', of: dyn }],
  ['optional_type', { kind: 'opaque', name: 'optional_type', parameters: [dyn] }],
  ...Object.values(libraryTypes).map((type): [string, CelType] => [runtimeName(type), type]),
]);
