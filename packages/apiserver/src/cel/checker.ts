import type {
  Call,
  Comprehension,
  Expression,
  Identifier,
  ListLiteral,
  Literal,
  MapLiteral,
  OptionalBinding,
  Select,
} from './ast.js';
import { functions } from './libraries/libraries.js';
import { literalProblem } from './literal-arguments.js';
import { namedTypes, qualifiedName, Scope } from './scope.js';
import type { Issue } from './source.js';
import { isOptional, TypeRules } from './type-rules.js';
import { type CelType, celTypes, isDyn, listOf, mapOf, optionalOf, typeOf, typeText } from './types.js';

/** An expression whose names are resolved: what is left of identifiers are variables, what was qualified is one name. */
export interface CheckedExpression {
  readonly expression: Expression;
  readonly type: CelType;
  /** The type of a part of it. */
  typeOf(part: Expression): CelType;
}

interface Checked {
  readonly expression: Expression;
  readonly type: CelType;
}

/** @returns what is wrong, or the expression with its type */
export function check(
  expression: Expression,
  variables: ReadonlyMap<string, CelType>,
): { readonly issues: readonly Issue[] } | { readonly checked: CheckedExpression } {
  const rules = new TypeRules();
  const checker = new Checker(rules);
  const { expression: resolved } = checker.check(expression, new Scope(variables));
  if (rules.issues.length > 0) return { issues: [...rules.issues].sort((a, b) => a.offset - b.offset) };
  const partType = (part: Expression) => rules.types.resolve(checker.types.get(part) ?? celTypes.dyn, celTypes.dyn);
  return { checked: { expression: resolved, type: partType(resolved), typeOf: partType } };
}

/** cel-go's type checker: every complaint in its words, at its place, and as many as there are. */
class Checker {
  /** Of every part that has been checked; what they mention may yet be bound. */
  readonly types = new Map<Expression, CelType>();
  readonly #rules: TypeRules;

  constructor(rules: TypeRules) {
    this.#rules = rules;
  }

  check(expression: Expression, scope: Scope): Checked {
    const checked = this.#checked(expression, scope);
    this.types.set(checked.expression, checked.type);
    return checked;
  }

  #checked(expression: Expression, scope: Scope): Checked {
    switch (expression.kind) {
      case 'literal':
        return { expression, type: literalType(expression) };
      case 'identifier':
        return this.#identifier(expression, scope);
      case 'select':
        return this.#qualified(expression, scope) ?? this.#select(expression, scope);
      case 'call':
        return this.#call(expression, scope);
      case 'list':
        return this.#list(expression, scope);
      case 'map':
        return this.#map(expression, scope);
      case 'comprehension':
        return this.#comprehension(expression, scope);
      case 'optional-binding':
        return this.#optionalBinding(expression, scope);
    }
  }

  #identifier(expression: Identifier, scope: Scope): Checked {
    const { name, offset } = expression;
    const bare = name.replace(/^\./, '');
    const found = this.#named(bare, offset, scope, name === bare);
    return found ?? { expression, type: this.#rules.undeclared(offset, bare) };
  }

  #named(name: string, offset: number, scope: Scope, local: boolean): Checked | undefined {
    const type = (local ? scope.local(name) : undefined) ?? scope.declared(name);
    if (type !== undefined) return { expression: { kind: 'identifier', offset, name }, type };
    const named = namedTypes.get(name);
    if (named === undefined) return undefined;
    return { expression: { kind: 'literal', offset, value: { typeName: name } }, type: typeOf(named) };
  }

  /** `a.b` may be one name. */
  #qualified(expression: Select, scope: Scope): Checked | undefined {
    const name = qualifiedName(expression)?.replace(/^\./, '');
    if (name === undefined || scope.local(name.split('.', 1)[0] ?? '') !== undefined) return undefined;
    return this.#named(name, expression.offset, scope, false);
  }

  #select(expression: Select, scope: Scope): Checked {
    const operand = this.check(expression.operand, scope);
    const resolved = { ...expression, operand: operand.expression };
    const type = this.#rules.types.resolve(operand.type);
    const optional = isOptional(type);
    const member = this.#memberType(optional ? (type.parameters[0] ?? celTypes.dyn) : type, expression);
    if (expression.mode === 'test') return { expression: resolved, type: celTypes.bool };
    return { expression: resolved, type: optional || expression.mode === 'optional' ? optionalOf(member) : member };
  }

  #memberType(given: CelType, { field, offset }: Select): CelType {
    const type = this.#rules.types.resolve(given);
    switch (type.kind) {
      case 'map':
        return type.value;
      case 'object':
        return type.field(field)?.type ?? this.#rules.complain(offset, `undefined field '${field}'`);
      case 'param':
        this.#rules.types.assign([type], [celTypes.dyn]);
        return celTypes.dyn;
      default:
        return isDyn(type)
          ? celTypes.dyn
          : this.#rules.complain(offset, `type '${typeText(type)}' does not support field selection`);
    }
  }

  #call(expression: Call, scope: Scope): Checked {
    const { target, name, offset } = expression;
    const global = target === undefined ? name.replace(/^\./, '') : this.#qualifiedFunction(target, name, scope);
    const receiver = global === undefined && target !== undefined ? this.check(target, scope) : undefined;
    const args = expression.args.map((arg) => this.check(arg, scope));
    const given = [...(receiver === undefined ? [] : [receiver]), ...args].map((arg) => arg.type);
    const { type, overloads } = this.#rules.resolve(global ?? name, given, receiver !== undefined, offset);
    const resolved: Expression = {
      kind: 'call',
      offset,
      name: global ?? name,
      target: receiver?.expression,
      args: args.map((arg) => arg.expression),
      overloads,
    };
    const problem = literalProblem(resolved);
    if (problem !== undefined) this.#rules.complain(problem.offset, problem.message);
    return { expression: resolved, type };
  }

  #qualifiedFunction(target: Expression, name: string, scope: Scope): string | undefined {
    const qualifier = qualifiedName(target)?.replace(/^\./, '');
    if (qualifier === undefined || scope.local(qualifier.split('.', 1)[0] ?? '') !== undefined) return undefined;
    const full = `${qualifier}.${name}`;
    return functions.has(full) ? full : undefined;
  }

  #list(expression: ListLiteral, scope: Scope): Checked {
    let element: CelType | undefined;
    const items = expression.items.map((item) => {
      const checked = this.check(item.value, scope);
      element = this.#rules.joined(element, this.#entryType(checked, item.optional), item.value.offset);
      return { ...item, value: checked.expression };
    });
    return { expression: { ...expression, items }, type: listOf(element ?? this.#rules.types.newParameter()) };
  }

  #map(expression: MapLiteral, scope: Scope): Checked {
    let key: CelType | undefined;
    let value: CelType | undefined;
    const entries = expression.entries.map((entry) => {
      const checkedKey = this.check(entry.key, scope);
      const checkedValue = this.check(entry.value, scope);
      key = this.#rules.joined(key, checkedKey.type, entry.key.offset);
      value = this.#rules.joined(value, this.#entryType(checkedValue, entry.optional), entry.value.offset);
      return { ...entry, key: checkedKey.expression, value: checkedValue.expression };
    });
    const type = mapOf(key ?? this.#rules.types.newParameter(), value ?? this.#rules.types.newParameter());
    return { expression: { ...expression, entries }, type };
  }

  #entryType({ type, expression }: Checked, optional: boolean): CelType {
    if (!optional) return type;
    const resolved = this.#rules.types.resolve(type);
    if (isOptional(resolved)) return resolved.parameters[0] ?? celTypes.dyn;
    if (isDyn(resolved)) return resolved;
    return this.#rules.mismatch(expression.offset, optionalOf(resolved), resolved);
  }

  #comprehension(expression: Comprehension, scope: Scope): Checked {
    const range = this.check(expression.range, scope);
    const { first, second, macro, offset } = expression;
    const of = this.#rangeTypes(range);
    const inner = scope.with(
      second === undefined
        ? [[first, of.element]]
        : [
            [first, of.key],
            [second, of.value],
          ],
    );
    const condition = expression.condition === undefined ? undefined : this.check(expression.condition, inner);
    if (condition !== undefined) this.#condition(macro, condition.type, listOf(of.element), offset);
    const result = expression.result === undefined ? undefined : this.check(expression.result, inner);
    const resolved = {
      ...expression,
      range: range.expression,
      condition: condition?.expression,
      result: result?.expression,
    };
    return { expression: resolved, type: this.#comprehensionType(expression, of, result) };
  }

  #rangeTypes({ type: given, expression }: Checked) {
    const type = this.#rules.types.resolve(given);
    if (type.kind === 'list') return { element: type.element, key: celTypes.int, value: type.element };
    if (type.kind === 'map') return { element: type.key, key: type.key, value: type.value };
    if (type.kind === 'param') this.#rules.types.assign([type], [celTypes.dyn]);
    else if (!isDyn(type)) {
      const text = `expression of type '${typeText(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
      this.#rules.complain(expression.offset, text);
    }
    return { element: celTypes.dyn, key: celTypes.dyn, value: celTypes.dyn };
  }

  /** Macros are made of operators, and it is those that complain. */
  #condition(macro: Comprehension['macro'], type: CelType, result: CelType, offset: number): void {
    if (macro === 'all') this.#rules.resultType('_&&_', [celTypes.bool, type], offset);
    else if (macro === 'exists') this.#rules.resultType('_||_', [celTypes.bool, type], offset);
    else if (macro === 'existsOne') this.#rules.resultType('_?_:_', [type, celTypes.int, celTypes.int], offset);
    else this.#rules.resultType('_?_:_', [type, result, result], offset);
  }

  #comprehensionType(
    { macro, offset }: Comprehension,
    of: { readonly element: CelType; readonly key: CelType },
    result: Checked | undefined,
  ): CelType {
    const transformed = result?.type ?? celTypes.dyn;
    switch (macro) {
      case 'all':
      case 'exists':
      case 'existsOne':
        return celTypes.bool;
      case 'filter':
      case 'sortBy':
        return listOf(of.element);
      case 'map':
      case 'transformList':
        return listOf(transformed);
      case 'transformMap':
        return mapOf(of.key, transformed);
      case 'transformMapEntry': {
        const type = this.#rules.types.resolve(transformed);
        if (type.kind === 'map' || isDyn(type)) return type;
        return this.#rules.noOverload('cel.@mapInsert', [mapOf(celTypes.dyn, celTypes.dyn), type], false, offset);
      }
    }
  }

  #optionalBinding(expression: OptionalBinding, scope: Scope): Checked {
    const operand = this.check(expression.operand, scope);
    const type = this.#rules.types.resolve(operand.type);
    if (!isOptional(type) && !isDyn(type)) this.#rules.noOverload('hasValue', [type], true, expression.offset);
    const bound = isOptional(type) ? (type.parameters[0] ?? celTypes.dyn) : celTypes.dyn;
    const result = this.check(expression.result, scope.with([[expression.name, bound]]));
    const resolved = { ...expression, operand: operand.expression, result: result.expression };
    return { expression: resolved, type: expression.flat ? result.type : optionalOf(result.type) };
  }
}

function literalType({ value }: Literal): CelType {
  if (value === null) return celTypes.null;
  switch (typeof value) {
    case 'boolean':
      return celTypes.bool;
    case 'bigint':
      return celTypes.int;
    case 'number':
      return celTypes.double;
    case 'string':
      return celTypes.string;
    default:
      return value instanceof Uint8Array ? celTypes.bytes : 'uint' in value ? celTypes.uint : typeOf(celTypes.dyn);
  }
}
