import { isRecord } from '../json.js';
import { type ApplySchema, type ListSchema, type MapSchema, resolved, type ScalarSchema } from './apply-schema.js';
import { goSyntax, goText } from './go-text.js';
import { ElementError, elementText, fieldElement, itemElement } from './path-element.js';

/**
 * What is wrong with an applied configuration, each with its path: `.spec.replica: field not declared in schema`.
 * The words are those of structured-merge-diff, which people search for.
 */
export function configProblems(schema: ApplySchema, config: unknown): readonly string[] {
  const problems: string[] = [];
  check(schema, config, '', problems);
  return problems;
}

function check(schema: ApplySchema, value: unknown, path: string, problems: string[]): void {
  if (value === null || value === undefined) return;
  const type = resolved(schema, value);
  if (type.kind === 'scalar') checkScalar(type, value, path, problems);
  else if (type.kind === 'list') checkList(type, value, path, problems);
  else checkMap(type, value, path, problems);
}

function checkScalar({ type }: ScalarSchema, value: unknown, path: string, problems: string[]): void {
  const actual = typeof value;
  const wrong = (what: string) => problems.push(located(path, what));
  if (type === 'numeric' && actual !== 'number') wrong(`expected numeric (int or float), got ${goTypeName(value)}`);
  if (type === 'string' && actual !== 'string') wrong(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
  if (type === 'boolean' && actual !== 'boolean') wrong(`expected boolean, got &{${goText(value)}}`);
  if (type === 'untyped' && actual === 'object') wrong(`expected any scalar, got &{${goText(value)}}`);
}

function checkMap(type: MapSchema, value: unknown, path: string, problems: string[]): void {
  if (!isRecord(value)) {
    problems.push(located(path, `expected map, got &{${goText(value)}}`));
    return;
  }
  for (const [name, item] of Object.entries(value)) {
    const below = path + elementText(fieldElement(name));
    const schema = type.field(name) ?? type.items;
    if (schema === undefined) problems.push(located(below, 'field not declared in schema'));
    else check(schema, item, below, problems);
  }
}

function checkList(type: ListSchema, value: unknown, path: string, problems: string[]): void {
  if (!Array.isArray(value)) {
    problems.push(located(path, `expected list, got &{${goText(value)}}`));
    return;
  }
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const element = type.listType === 'atomic' ? `i:${index}` : elementOf(type, item, index, path, problems);
    if (element === undefined) return;
    if (seen.has(element)) problems.push(located(path, `duplicate entries for key ${elementText(element)}`));
    seen.add(element);
    check(type.items, item, path + elementText(element), problems);
  }
}

function elementOf(type: ListSchema, item: unknown, index: number, path: string, problems: string[]): string | undefined {
  try {
    return itemElement(type, item);
  } catch (error) {
    if (!(error instanceof ElementError)) throw error;
    problems.push(located(path, `element ${index}: ${error.message}`));
    return undefined;
  }
}

function located(path: string, what: string): string {
  return path === '' ? what : `${path}: ${what}`;
}

function goTypeName(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'boolean') return 'bool';
  return isRecord(value) ? 'map[string]interface {}' : typeof value;
}
