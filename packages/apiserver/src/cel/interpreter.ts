import type { Call, Expression, ListLiteral, Literal, MapLiteral, OptionalBinding, Select } from './ast.js';
import { ValueList, ValueMap } from './collections.js';
import { planComprehension } from './comprehensions.js';
import { callCost, listCost, mapCost, selectCost } from './cost.js';
import { bind, type Step, truth } from './frame.js';
import { selected } from './libraries/logic.js';
import { accepts, type Overload } from './overload.js';
import { CelError, CelOptional, CelTypeValue, CelUint, noSuchOverload, type Value } from './values.js';

/** Turns a checked expression into functions: what can be decided before the evaluation is. */
export function plan(expression: Expression): Step {
  switch (expression.kind) {
    case 'literal': {
      const value = literalValue(expression);
      return () => value;
    }
    case 'identifier':
      return planVariable(expression.name);
    case 'select':
      return planSelect(expression);
    case 'call':
      return planCall(expression);
    case 'list':
      return planList(expression);
    case 'map':
      return planMap(expression);
    case 'comprehension':
      return planComprehension(expression, plan);
    case 'optional-binding':
      return planOptionalBinding(expression);
  }
}

function literalValue({ value }: Literal): Value {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  return 'uint' in value ? new CelUint(value.uint) : new CelTypeValue(value.typeName);
}

function planVariable(name: string): Step {
  return ({ activation, locals, meter }) => {
    meter.charge(selectCost);
    for (let local = locals; local !== undefined; local = local.outer) if (local.name === name) return local.value;
    const value = activation(name);
    if (value === undefined) throw new CelError(`no such attribute(s): ${name}`);
    return value;
  };
}

function planSelect({ operand, field, mode }: Select): Step {
  const inner = plan(operand);
  return (frame) => {
    const value = inner(frame);
    if (mode !== 'test') frame.meter.charge(selectCost);
    const optional = value instanceof CelOptional;
    const container = optional ? value.value : value;
    const member = container === undefined ? undefined : selected(container, field);
    if (mode === 'test') return member !== undefined;
    if (optional || mode === 'optional') return member === undefined ? CelOptional.none : new CelOptional(member);
    if (member === undefined) throw new CelError(`no such key: ${field}`);
    return member;
  };
}

function planCall(expression: Call): Step {
  const { name, target } = expression;
  const args = [...(target === undefined ? [] : [target]), ...expression.args].map(plan);
  const [first, second, third] = args;
  if (first !== undefined && second !== undefined) {
    if (name === '_&&_') return planLogic(first, second, false);
    if (name === '_||_') return planLogic(first, second, true);
    if (name === '_?_:_' && third !== undefined) return planConditional(first, second, third);
    if (target !== undefined && (name === 'or' || name === 'orValue')) return planOr(first, second, name === 'or');
  }
  const candidates = expression.overloads ?? [];
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    const { run, cost } = chosen(candidates, values);
    const result = run(values);
    frame.meter.charge(cost?.(values, result) ?? callCost);
    return result;
  };
}

function chosen(candidates: readonly Overload[], values: readonly Value[]): Overload {
  const found = candidates.find((candidate) => accepts(candidate, values));
  if (found === undefined) throw noSuchOverload();
  return found;
}

/** An error counts only when the other side does not decide. @param decisive `false` of `&&`, `true` of `||` */
function planLogic(first: Step, second: Step, decisive: boolean): Step {
  return (frame) => {
    const left = truth(first, frame);
    if (left === decisive) return decisive;
    const right = truth(second, frame);
    if (right === decisive) return decisive;
    if (left instanceof CelError) throw left;
    if (right instanceof CelError) throw right;
    return !decisive;
  };
}

function planConditional(condition: Step, yes: Step, no: Step): Step {
  return (frame) => {
    const value = condition(frame);
    if (typeof value !== 'boolean') throw noSuchOverload();
    return (value ? yes : no)(frame);
  };
}

function planOr(first: Step, second: Step, optional: boolean): Step {
  return (frame) => {
    const value = first(frame);
    if (!(value instanceof CelOptional)) throw noSuchOverload();
    if (value.value === undefined) return second(frame);
    return optional ? value : value.value;
  };
}

function planList({ items }: ListLiteral): Step {
  const steps = items.map(({ value, optional }) => ({ step: plan(value), optional }));
  return (frame) => {
    const values: Value[] = [];
    for (const { step, optional } of steps) {
      const value = step(frame);
      if (!optional) values.push(value);
      else if (!(value instanceof CelOptional)) throw noSuchOverload();
      else if (value.value !== undefined) values.push(value.value);
    }
    frame.meter.charge(listCost);
    return new ValueList(values);
  };
}

function planMap({ entries }: MapLiteral): Step {
  const steps = entries.map(({ key, value, optional }) => ({ key: plan(key), value: plan(value), optional }));
  return (frame) => {
    const map = new ValueMap();
    for (const { key, value, optional } of steps) {
      const name = key(frame);
      const given = value(frame);
      if (!optional) map.add(name, given);
      else if (!(given instanceof CelOptional)) throw noSuchOverload();
      else if (given.value !== undefined) map.add(name, given.value);
    }
    frame.meter.charge(mapCost);
    return map;
  };
}

function planOptionalBinding({ operand, name, result, flat }: OptionalBinding): Step {
  const inner = plan(operand);
  const body = plan(result);
  return (frame) => {
    const optional = inner(frame);
    if (!(optional instanceof CelOptional)) throw noSuchOverload();
    if (optional.value === undefined) return CelOptional.none;
    const value = body(bind(frame, name, optional.value));
    return flat ? value : new CelOptional(value);
  };
}
