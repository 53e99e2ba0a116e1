import type { Comprehension, Expression } from './ast.js';
import { ValueList, ValueMap } from './collections.js';
import { callCost, listCost, mapCost, selectCost } from './cost.js';
import { bind, type Frame, type Step, truth } from './frame.js';
import { sorted } from './libraries/lists.js';
import { CelError, type CelList, isList, isMap, noSuchOverload, type Value } from './values.js';

/** What each element costs, beside the macro's arguments: cel-go's loop condition, and its step towards the result. */
const allLoopCost = 2 * selectCost + callCost;
const existsLoopCost = 2 * selectCost + 2 * callCost;
const appendCost = selectCost + callCost + listCost;
const insertCost = selectCost + callCost + mapCost;

/** One element of what is gone through: position and value of a list, key and value of a map. */
interface Element {
  readonly key: Value;
  readonly value: Value;
}

/** @param plan how the parts of the expression are planned */
export function planComprehension(expression: Comprehension, plan: (part: Expression) => Step): Step {
  const range = plan(expression.range);
  const condition = expression.condition === undefined ? undefined : plan(expression.condition);
  const result = expression.result === undefined ? undefined : plan(expression.result);
  const macro = macros[expression.macro];
  return (frame) => {
    const container = range(frame);
    const loop: Loop = {
      frame,
      container,
      bound: (element) => bindElement(frame, expression, container, element),
      condition: condition ?? (() => true),
      result: result ?? (() => null),
    };
    return macro(loop);
  };
}

interface Loop {
  readonly frame: Frame;
  readonly container: Value;
  bound(element: Element): Frame;
  readonly condition: Step;
  readonly result: Step;
}

function bindElement(frame: Frame, { first, second }: Comprehension, container: Value, { key, value }: Element): Frame {
  if (second !== undefined) return bind(bind(frame, first, key), second, value);
  return bind(frame, first, isMap(container) ? key : value);
}

function* elementsOf(container: Value): Iterable<Element> {
  if (isList(container)) {
    let index = 0n;
    for (const value of container) yield { key: index++, value };
  } else if (isMap(container)) {
    for (const key of container.keys()) yield { key, value: container.get(key) ?? null };
  } else throw noSuchOverload();
}

const macros: Readonly<Record<Comprehension['macro'], (loop: Loop) => Value>> = {
  all: (loop) => quantified(loop, false, allLoopCost),
  exists: (loop) => quantified(loop, true, existsLoopCost),
  existsOne,
  filter: (loop) => new ValueList([...matching(loop)].map(({ key, value }) => (isMap(loop.container) ? key : value))),
  map: transformList,
  transformList,
  transformMap,
  transformMapEntry,
  sortBy,
};

/** Ends at the element that decides; errors of others count only when none does. */
function quantified({ frame, container, bound, condition }: Loop, decisive: boolean, cost: number): boolean {
  let error: CelError | undefined;
  for (const element of elementsOf(container)) {
    frame.meter.charge(cost);
    const answer = truth(condition, bound(element));
    if (answer === decisive) return decisive;
    if (answer instanceof CelError) error ??= answer;
  }
  if (error !== undefined) throw error;
  return !decisive;
}

function existsOne({ frame, container, bound, condition }: Loop): boolean {
  let count = 0;
  for (const element of elementsOf(container)) {
    frame.meter.charge(selectCost);
    if (isTrue(condition, bound(element))) count++;
  }
  return count === 1;
}

function isTrue(condition: Step, frame: Frame): boolean {
  const value = condition(frame);
  if (typeof value !== 'boolean') throw noSuchOverload();
  return value;
}

function* matching({ frame, container, bound, condition }: Loop): Iterable<Element> {
  for (const element of elementsOf(container)) {
    const counts = isTrue(condition, bound(element));
    frame.meter.charge(counts ? appendCost + selectCost : selectCost);
    if (counts) yield element;
  }
}

function transformList(loop: Loop): CelList {
  return new ValueList([...matching(loop)].map((element) => loop.result(loop.bound(element))));
}

function transformMap(loop: Loop): ValueMap {
  const map = new ValueMap();
  for (const element of matching(loop)) {
    loop.frame.meter.charge(insertCost);
    map.add(element.key, loop.result(loop.bound(element)));
  }
  return map;
}

function transformMapEntry(loop: Loop): ValueMap {
  const map = new ValueMap();
  for (const element of matching(loop)) {
    loop.frame.meter.charge(insertCost);
    const entries = loop.result(loop.bound(element));
    if (!isMap(entries)) throw noSuchOverload();
    for (const key of entries.keys()) map.add(key, entries.get(key) ?? null);
  }
  return map;
}

function sortBy(loop: Loop): CelList {
  if (!isList(loop.container)) throw noSuchOverload();
  const keys = [...matching(loop)].map((element) => loop.result(loop.bound(element)));
  return sorted(loop.container, keys);
}
