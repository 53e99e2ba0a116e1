import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, OptionalBinding, Select } from '../ast.js';
import type { CheckedExpression } from '../checker.js';
import { callCost, listCost, mapCost, selectCost } from '../cost.js';
import { isOptional } from '../type-rules.js';
import { type CelType, celTypes } from '../types.js';
import { estimateCall, sorting } from './functions.js';
import type { DeclaredSize, Operand, Path } from './operand.js';
import { exactly, hull, type Size, times, unknownSize, upTo } from './size.js';

/**
 * What an expression costs at most, when no more is known than what is declared of its variables: cel-go's estimate, number for number,
 * for it decides which rules a CustomResourceDefinition may have.
 */
export function estimateCost(checked: CheckedExpression, declared: DeclaredSize): number {
  return new Estimation(checked, declared).cost(checked.expression);
}

/** The sizes of what a container holds. */
interface EntrySizes {
  readonly container: 'list' | 'map';
  readonly key: Size;
  readonly value: Size;
}

/** What is known of a name that a macro binds. */
interface Local {
  readonly path: Path;
  readonly size: Size | undefined;
}

/** A macro is a loop that comes nearer to its result at every turn. */
interface Loop {
  readonly before: number;
  readonly turn: number;
  readonly after: number;
  /** What it is as large as. Undefined: as what is gone through. */
  readonly size?: Size;
  readonly entries?: EntrySizes;
}

/** Of reading what a loop has come to. */
const resultCost = selectCost;

class Estimation {
  readonly #checked: CheckedExpression;
  readonly #declared: DeclaredSize;
  readonly #paths = new Map<Expression, Path>();
  readonly #sizes = new Map<Expression, Size>();
  readonly #entries = new Map<Expression, EntrySizes>();
  readonly #locals = new Map<string, Local>();

  constructor(checked: CheckedExpression, declared: DeclaredSize) {
    this.#checked = checked;
    this.#declared = declared;
  }

  cost(expression: Expression): number {
    switch (expression.kind) {
      case 'literal':
        return 0;
      case 'identifier':
        return selectCost;
      case 'select':
        return this.#select(expression);
      case 'call':
        return this.#call(expression);
      case 'list':
        return this.#list(expression);
      case 'map':
        return this.#map(expression);
      case 'comprehension':
        return expression.macro === 'sortBy' ? this.#sortBy(expression) : this.#comprehension(expression);
      case 'optional-binding':
        return this.#optionalBinding(expression);
    }
  }

  #select(expression: Select): number {
    const operand = this.cost(expression.operand);
    if (expression.mode === 'test') return operand;
    if (expression.mode === 'optional') return operand + callCost;
    this.#paths.set(expression, [...this.#path(expression.operand), expression.field]);
    const { kind } = this.#checked.typeOf(expression.operand);
    return kind === 'map' || kind === 'object' ? operand + selectCost : operand;
  }

  #call(expression: Call): number {
    const { name, target, args, overloads = [] } = expression;
    const [first, second, third] = args;
    const costs = args.map((arg) => this.cost(arg));
    if (name === '_?_:_' && second !== undefined && third !== undefined) {
      this.#sizes.set(expression, hull(this.#sizeOrUnknown(second), this.#sizeOrUnknown(third)));
      this.#setEntries(expression, common(this.#entrySizes(second), this.#entrySizes(third)));
      const [condition = 0, ...branches] = costs;
      return condition + Math.max(...branches);
    }
    const given = costs.reduce((a, b) => a + b, 0);
    if (name === '_&&_' || name === '_||_') return given;
    if (name === 'dyn' && first !== undefined) {
      this.#setSize(expression, this.#size(first));
      this.#setEntries(expression, this.#entrySizes(first));
      return given + callCost;
    }
    if (overloads.length === 0) return 0;
    return given + (target === undefined ? 0 : this.cost(target)) + this.#function(expression);
  }

  /** As much as the dearest of what a function may mean here. */
  #function(expression: Call): number {
    const { name, target, args, overloads = [] } = expression;
    const [first, second] = args;
    const operands = {
      target: target === undefined ? undefined : this.#operand(target),
      args: args.map((arg) => this.#operand(arg)),
      declared: this.#declared,
    };
    let cost = 0;
    let size: Size | undefined;
    for (const overload of overloads) {
      const estimate = estimateCall({ overload, ...operands });
      cost = Math.max(cost, estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : hull(size, estimate.size);
      const container = overload.parameters[0]?.kind;
      if (name === '_[_]' && first !== undefined && (container === 'list' || container === 'map')) {
        size = this.#entrySizes(first)?.value;
        this.#paths.set(expression, [...this.#path(first), container === 'list' ? '@items' : '@values']);
      }
      if (name === '_+_' && container === 'list' && first !== undefined && second !== undefined) {
        this.#setEntries(expression, common(this.#entrySizes(first), this.#entrySizes(second)));
      }
      size ??= this.#size(expression);
    }
    this.#setSize(expression, size);
    return cost;
  }

  #list(expression: ListLiteral): number {
    const values = expression.items.map((item) => item.value);
    const cost = this.#costs(values) + listCost;
    this.#entries.set(expression, { container: 'list', key: exactly(1), value: this.#sizeOfAny(values) });
    return cost;
  }

  #map(expression: MapLiteral): number {
    const keys = expression.entries.map((entry) => entry.key);
    const values = expression.entries.map((entry) => entry.value);
    const cost = this.#costs(keys) + this.#costs(values) + mapCost;
    this.#entries.set(expression, { container: 'map', key: this.#sizeOfAny(keys), value: this.#sizeOfAny(values) });
    return cost;
  }

  #costs(parts: readonly Expression[]): number {
    return parts.reduce((total, part) => total + this.cost(part), 0);
  }

  #sizeOfAny(parts: readonly Expression[]): Size {
    return parts.length === 0 ? exactly(0) : parts.map((part) => this.#sizeOrUnknown(part)).reduce(hull);
  }

  #comprehension(expression: Comprehension): number {
    const range = this.cost(expression.range);
    const locals = this.#elements(expression);
    const loop = this.#within(locals, () => this.#loop(expression, locals));
    const turns = this.#sizeOrUnknown(expression.range);
    this.#sizes.set(expression, loop.size ?? turns);
    this.#setEntries(expression, loop.entries);
    return range + loop.before + times(turns.max, loop.turn) + loop.after;
  }

  /** What cel-go's macros stand for. */
  #loop({ macro, first, condition, result }: Comprehension, locals: ReadonlyMap<string, Local>): Loop {
    const asked = condition === undefined ? 0 : this.cost(condition);
    const made = result === undefined ? selectCost : this.cost(result);
    switch (macro) {
      case 'all':
        return { before: 0, turn: 2 * resultCost + callCost + asked, after: resultCost, size: exactly(1) };
      case 'exists':
        return { before: 0, turn: 2 * resultCost + 2 * callCost + asked, after: resultCost, size: exactly(1) };
      case 'existsOne':
        return { before: 0, turn: asked + resultCost + callCost, after: resultCost + callCost, size: exactly(1) };
      case 'transformMap':
        return { before: mapCost, turn: asked + resultCost + callCost + selectCost + made, after: resultCost };
      case 'transformMapEntry':
        return { before: mapCost, turn: asked + resultCost + callCost + made, after: resultCost };
      default: {
        const element = result === undefined ? (locals.get(first)?.size ?? unknownSize) : this.#sizeOrUnknown(result);
        const entries = { container: 'list', key: exactly(1), value: upTo(element.max) } as const;
        return { before: listCost, turn: asked + resultCost + callCost + listCost + made, after: resultCost, entries };
      }
    }
  }

  /** The list gets a name, its keys are made, and it is sorted by them. */
  #sortBy(expression: Comprehension): number {
    const { range, result = range } = expression;
    const input = this.cost(range);
    const key = this.#within(this.#elements(expression), () => this.cost(result));
    const turns = this.#sizeOrUnknown(range);
    const keys = 2 * selectCost + listCost + times(turns.max, resultCost + callCost + listCost + key);
    const sorted = sorting(turns, this.#checked.typeOf(result));
    this.#setSize(expression, sorted.size);
    return listCost + input + selectCost + keys + sorted.cost;
  }

  /** `x.optMap(y, r)` is `x.hasValue() ? optional.of(cel.bind(y, x.value(), r)) : optional.none()`. */
  #optionalBinding(expression: OptionalBinding): number {
    const operand = this.cost(expression.operand) + callCost;
    const type = this.#checked.typeOf(expression.operand);
    const bound = { path: [], size: scalarSize(isOptional(type) ? type.parameters[0] : type) };
    const result = this.#within(new Map([[expression.name, bound]]), () => this.cost(expression.result));
    this.#sizes.set(expression, scalarSize(this.#checked.typeOf(expression)) ?? unknownSize);
    return operand + listCost + operand + result + (expression.flat ? 0 : callCost);
  }

  #elements({ range, first, second }: Comprehension): ReadonlyMap<string, Local> {
    const entries = this.#entrySizes(range);
    const type = this.#checked.typeOf(range);
    const list = entries === undefined ? type.kind === 'list' : entries.container === 'list';
    const local = (step: string, of: CelType, size: Size | undefined): Local => {
      const path = [...this.#path(range), step];
      return { path, size: this.#declared(path) ?? scalarSize(of) ?? size };
    };
    const value = type.kind === 'list' ? type.element : type.kind === 'map' ? type.value : celTypes.dyn;
    const key = type.kind === 'map' ? type.key : type.kind === 'list' ? celTypes.int : celTypes.dyn;
    const keys = local(list ? '@indices' : '@keys', key, entries?.key);
    const values = local(list ? '@items' : '@values', value, entries?.value);
    if (second === undefined) return new Map([[first, list ? values : keys]]);
    return new Map([
      [first, keys],
      [second, values],
    ]);
  }

  #within<T>(locals: ReadonlyMap<string, Local>, run: () => T): T {
    const hidden = [...locals.keys()].map((name) => [name, this.#locals.get(name)] as const);
    for (const [name, local] of locals) this.#locals.set(name, local);
    const result = run();
    for (const [name, local] of hidden) {
      if (local === undefined) this.#locals.delete(name);
      else this.#locals.set(name, local);
    }
    return result;
  }

  #operand(expression: Expression): Operand {
    const type = this.#checked.typeOf(expression);
    return { expression, type, path: this.#path(expression), size: this.#size(expression) };
  }

  #path(expression: Expression): Path {
    if (expression.kind !== 'identifier') return this.#paths.get(expression) ?? [];
    return this.#locals.get(expression.name)?.path ?? [expression.name];
  }

  #sizeOrUnknown(expression: Expression): Size {
    return this.#size(expression) ?? unknownSize;
  }

  #size(expression: Expression): Size | undefined {
    const known = this.#sizes.get(expression) ?? writtenSize(expression);
    if (known !== undefined) return known;
    const local = expression.kind === 'identifier' ? this.#locals.get(expression.name) : undefined;
    if (local !== undefined) return local.size;
    const path = this.#path(expression);
    return (path.length === 0 ? undefined : this.#declared(path)) ?? scalarSize(this.#checked.typeOf(expression));
  }

  #setSize(expression: Expression, size: Size | undefined): void {
    if (size !== undefined) this.#sizes.set(expression, size);
  }

  #entrySizes(expression: Expression): EntrySizes | undefined {
    return this.#entries.get(expression);
  }

  #setEntries(expression: Expression, entries: EntrySizes | undefined): void {
    if (entries !== undefined) this.#entries.set(expression, entries);
  }
}

function common(a: EntrySizes | undefined, b: EntrySizes | undefined): EntrySizes | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { container: a.container, key: hull(a.key, b.key), value: hull(a.value, b.value) };
}

/** Of what stands in the expression itself. */
function writtenSize(expression: Expression): Size | undefined {
  if (expression.kind === 'list') return exactly(expression.items.length);
  if (expression.kind === 'map') return exactly(expression.entries.length);
  if (expression.kind !== 'literal') return undefined;
  const { value } = expression;
  if (typeof value === 'string') return exactly([...value].length);
  if (value instanceof Uint8Array) return exactly(value.length);
  return value !== null && typeof value === 'object' && 'typeName' in value ? undefined : exactly(1);
}

const scalars: ReadonlySet<string> = new Set(['bool', 'int', 'uint', 'double', 'duration', 'timestamp']);

function scalarSize(type: CelType | undefined): Size | undefined {
  if (type === undefined) return undefined;
  if (isOptional(type)) return scalarSize(type.parameters[0]);
  return type.kind === 'primitive' && scalars.has(type.name) ? exactly(1) : undefined;
}
