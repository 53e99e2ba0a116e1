import {
  duplicate,
  equalJson,
  type FieldError,
  forbidden,
  invalid,
  invalidWithoutValue,
  isRecord,
  type RuleCheck,
  required,
  type StructuralSchema,
} from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import { CelCostError, runtimeCostBudget } from '../cel/cost.js';
import { adapt } from '../cel/json-values.js';
import type { Program } from '../cel/program.js';
import type { CelType } from '../cel/types.js';
import { CelOptional, type Value } from '../cel/values.js';
import { ruleMessageBytesMax } from '../limits.js';
import type { CompiledRule, Rule } from './rule.js';
import { type RuleNode, ruleTree } from './rule-node.js';

/** What x-kubernetes-validations of a schema say of its objects. Rules are compiled here, once. */
export function ruleCheck(schema: StructuralSchema): RuleCheck {
  const root = ruleTree(schema, '', []);
  if (root === undefined) return () => [];
  return (object, old) => {
    const run = new Run();
    run.visit(root, object, old, '');
    return run.errors;
  };
}

/** The rules of one object, which share one budget. */
class Run {
  readonly errors: FieldError[] = [];
  #budget = runtimeCostBudget;

  visit(node: RuleNode, value: unknown, old: unknown, path: string): void {
    if (value === null || value === undefined || this.#budget < 0) return;
    for (const rule of node.rules) {
      if (this.#budget < 0) return;
      this.#ask(rule, node, value, old, path);
    }
    if (Array.isArray(value) && node.items !== undefined) this.#visitItems(node, node.items, value, old, path);
    if (isRecord(value)) this.#visitMembers(node, value, old, path);
  }

  #visitItems(node: RuleNode, items: RuleNode, value: readonly unknown[], old: unknown, path: string): void {
    const keys = node.schema['x-kubernetes-list-type'] === 'map' ? (node.schema['x-kubernetes-list-map-keys'] ?? []) : undefined;
    value.forEach((item, index) => {
      this.visit(items, item, keys === undefined ? undefined : sameItem(old, item, keys), `${path}[${index}]`);
    });
  }

  #visitMembers({ properties, additional }: RuleNode, value: Record<string, unknown>, old: unknown, path: string): void {
    for (const name of Object.keys(value)) {
      const before = isRecord(old) && Object.hasOwn(old, name) ? old[name] : undefined;
      const property = properties.get(name);
      if (property !== undefined) this.visit(property, value[name], before, path === '' ? name : `${path}.${name}`);
      else if (additional !== undefined) this.visit(additional, value[name], before, `${path}[${name}]`);
    }
  }

  #ask(compiled: CompiledRule, node: RuleNode, value: unknown, old: unknown, path: string): void {
    const { rule, usesOldSelf } = compiled;
    const hasOld = old !== undefined && old !== null;
    if (usesOldSelf && !hasOld && rule.optionalOldSelf !== true) return;
    const field = path === '' ? '<nil>' : path;
    const { type = '' } = node.schema;
    const fail = (detail: string) => this.errors.push(invalid(field, type, detail));
    const answer = this.#evaluate(compiled.program, variablesOf(rule, node.type, value, old));
    if ('value' in answer && answer.value === true) return;
    if ('spent' in answer) {
      fail('validation failed due to running out of cost budget, no further validation rules will be run');
      return;
    }
    if ('failure' in answer) {
      fail(failureText(answer.failure, rule));
      return;
    }
    // A rule that is broken as before is not the fault of whoever changes something else.
    if (!usesOldSelf && hasOld && equalJson(value, old)) return;
    const detail = this.#message(compiled, node.type, value, old) ?? messageOf(rule);
    this.errors.push(errorOf(rule, fieldOf(path, rule), type, value, detail));
  }

  #message({ message, rule }: CompiledRule, type: CelType, value: unknown, old: unknown): string | undefined {
    if (message === undefined) return undefined;
    const answer = this.#evaluate(message, variablesOf(rule, type, value, old));
    const text = 'value' in answer && typeof answer.value === 'string' ? answer.value.trim() : '';
    return text === '' || /[\r\n]/.test(text) || Buffer.byteLength(text) > ruleMessageBytesMax ? undefined : text;
  }

  #evaluate(
    program: Program,
    variables: ReadonlyMap<string, () => Value>,
  ): { readonly value: Value } | { readonly failure: unknown } | { readonly spent: true } {
    let failure: unknown;
    let value: Value = null;
    const activation = (name: string) => variables.get(name)?.() ?? null;
    try {
      value = program.evaluate(activation, (units) => (this.#budget -= units));
    } catch (error) {
      failure = error;
    }
    if (this.#budget < 0) return { spent: true };
    if (failure instanceof CelCostError) this.#budget = -1;
    return failure === undefined ? { value } : { failure };
  }
}

function variablesOf(rule: Rule, type: CelType, value: unknown, old: unknown): ReadonlyMap<string, () => Value> {
  const before = () => {
    if (rule.optionalOldSelf !== true) return adapt(old, type);
    return old === undefined || old === null ? CelOptional.none : new CelOptional(adapt(old, type));
  };
  return new Map([
    ['self', () => adapt(value, type)],
    ['oldSelf', before],
  ]);
}

function sameItem(old: unknown, item: unknown, keys: readonly string[]): unknown {
  if (!Array.isArray(old) || !isRecord(item)) return undefined;
  return old.find((before) => isRecord(before) && keys.every((key) => equalJson(before[key], item[key])));
}

function failureText(error: unknown, rule: Rule): string {
  const text = errorMessage(error);
  if (error instanceof CelCostError) {
    return `'${text}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`;
  }
  if (text.startsWith('no such overload')) {
    return `'${text}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`;
  }
  return `${text} evaluating rule: ${ruleText(rule)}`;
}

function messageOf(rule: Rule): string {
  return rule.message === undefined || rule.message === '' ? `failed rule: ${ruleText(rule)}` : rule.message.trim();
}

function ruleText(rule: Rule): string {
  return (rule.message || rule.rule).trim();
}

function fieldOf(path: string, { fieldPath = '' }: Rule): string {
  const below = fieldPath.replace(/^\./, '');
  if (path === '') return below === '' ? '<nil>' : below;
  return below === '' ? path : below.startsWith('[') ? `${path}${below}` : `${path}.${below}`;
}

function errorOf(rule: Rule, field: string, type: string, value: unknown, detail: string): FieldError {
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbidden(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return duplicate(field, value);
    default:
      return type === 'object' || type === 'array' ? invalidWithoutValue(field, detail) : invalid(field, value, detail);
  }
}
