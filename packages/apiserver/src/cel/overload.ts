import { type CelType, parseTypeText, splitTypes } from './types.js';
import { fits, type Value } from './values.js';

/** One meaning of a function, for one row of parameter types. */
export interface Overload {
  readonly name: string;
  /** Called as `first.name(…)`; the receiver is the first parameter. */
  readonly member: boolean;
  readonly parameters: readonly CelType[];
  readonly result: CelType;
  /** @throws CelError */
  run(args: readonly Value[]): Value;
  /** Beyond the cost of the arguments; absent: one unit. */
  readonly cost: ((args: readonly Value[], result: Value) => number) | undefined;
}

/** What a function can be declared with: called only with values of the types that its signature names. */
// biome-ignore lint/suspicious/noExplicitAny: each signature has its own parameter types, which the dispatcher checks at run time
type Implementation = (...args: any[]) => Value;

/** Sizes of the arguments and the result, and what is to be charged for them. */
export type CostFunction = Overload['cost'];

/**
 * @param signature `string.startsWith(string): bool` for a member function, `size(list(A)): int` for a global one
 * @param run gets the values that the signature promises
 */
export function overload(signature: string, run: Implementation, cost?: CostFunction): Overload {
  const match = /^(?:(.*?)\.(?=[\w@]+\())?([^(]+)\((.*)\): (.+)$/.exec(signature);
  if (match === null) throw new SyntaxError(`not a signature: ${signature}`);
  const [, receiver, name = '', list = '', result = ''] = match;
  const parameters = [...(receiver === undefined ? [] : [receiver]), ...splitTypes(list)].map(parseTypeText);
  return { name, member: receiver !== undefined, parameters, result: parseTypeText(result), run: (args) => run(...args), cost };
}

/** As `overload`, for a global function whose name has a dot: `ip.isCanonical(string): bool`. */
export function qualifiedOverload(namespace: string, signature: string, run: Implementation, cost?: CostFunction): Overload {
  const bare = overload(signature, run, cost);
  return { ...bare, name: `${namespace}.${bare.name}` };
}

export function accepts({ parameters }: Overload, args: readonly Value[]): boolean {
  return parameters.length === args.length && parameters.every((type, i) => fits(args[i] ?? null, type));
}

/** All functions that expressions may call, by name. */
export class FunctionTable {
  readonly #byName = new Map<string, Overload[]>();

  constructor(overloads: Iterable<Overload>) {
    for (const candidate of overloads) {
      const known = this.#byName.get(candidate.name);
      if (known === undefined) this.#byName.set(candidate.name, [candidate]);
      else known.push(candidate);
    }
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  find(name: string, member: boolean, count: number): readonly Overload[] {
    const all = this.#byName.get(name) ?? [];
    return all.filter((candidate) => candidate.member === member && candidate.parameters.length === count);
  }
}
