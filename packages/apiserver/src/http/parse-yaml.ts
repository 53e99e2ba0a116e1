import { CORE_SCHEMA, type EventType, type LoadOptions, load, type State, YAMLException } from 'js-yaml';
import { isScalar, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml';
import { bodyDepthMax, yamlDuplicatesBytesMax, yamlValuesMin } from '../limits.js';
import type { Body } from './decode.js';

/**
 * One YAML 1.2 document. A `---` at its end begins none. Keys that occur twice are told with the value, of which the last stays.
 * @throws Error with the parser's text
 */
export function parseYaml(text: string): Body {
  const document = text.replace(/\n---\s*$/, '\n');
  const options = { schema: CORE_SCHEMA, ...(document.includes('*') ? { listener: aliasLimit(valuesMax(document)) } : {}) };
  let value: unknown;
  let problems: readonly string[] = [];
  try {
    value = load(document, options);
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    if (error.reason !== 'duplicated mapping key') throw new Error(lineOf(error, error.reason), { cause: error });
    value = read(document, options);
    problems = [['yaml: unmarshal errors:', ...duplicatesOf(document, error)].join('\n  ')];
  }
  // An alias is the same object once more: few characters may stand for more values than there is memory, or for themselves.
  if (document.includes('*')) checkAliases(value, valuesMax(document));
  return { value, problems };
}

function read(document: string, options: LoadOptions): unknown {
  try {
    return load(document, { ...options, json: true }); // as in JSON, the last of two stays
  } catch (error) {
    throw error instanceof YAMLException ? new Error(lineOf(error, error.reason), { cause: error }) : error;
  }
}

function lineOf(error: YAMLException, what: string): string {
  const mark = error.mark as YAMLException['mark'] | undefined; // missing where the whole text is wrong, whatever its type says
  return mark === undefined ? what : `line ${mark.line + 1}: ${what}`;
}

function valuesMax(document: string): number {
  return Math.max(yamlValuesMin, document.length);
}

/** Stops at lists that stand behind too many aliases while they are read: one that is a key is written out as text each time. */
function aliasLimit(max: number): (event: EventType, state: State) => void {
  const seen = new WeakSet();
  let left = max;
  return (event, { result }: { readonly result?: unknown }) => {
    if (event !== 'close' || !Array.isArray(result)) return;
    if (seen.has(result)) left -= result.length;
    else seen.add(result);
    if (left < 0) throw new Error('document contains excessive aliasing');
  };
}

/** @throws Error when there are more than `max` values, counting those behind an alias each time, or when they are nested too deeply */
function checkAliases(root: unknown, max: number): void {
  let left = max;
  const visitValue = (value: unknown, depth: number): void => {
    if (--left < 0 || depth > bodyDepthMax) throw new Error('document contains excessive aliasing');
    if (typeof value !== 'object' || value === null) return;
    for (const item of Array.isArray(value) ? value : Object.values(value)) visitValue(item, depth + 1);
  };
  visitValue(root, 0);
}

/** All of them in a body that people write; looking for them takes many times as long as reading, so of a larger one the first. */
function duplicatesOf(document: string, first: YAMLException): readonly string[] {
  if (document.length > yamlDuplicatesBytesMax) return [lineOf(first, 'key already set in map')];
  const lineCounter = new LineCounter();
  const parsed = parseDocument(document, { version: '1.2', schema: 'core', logLevel: 'error', uniqueKeys: false, lineCounter });
  const duplicates: string[] = [];
  visit(parsed, {
    Map: (_key, map) => {
      duplicates.push(...duplicatesIn(map, lineCounter));
    },
  });
  return duplicates;
}

function duplicatesIn({ items }: YAMLMap, lines: LineCounter): string[] {
  const seen = new Set<unknown>();
  const found: string[] = [];
  for (const { key } of items) {
    if (!isScalar(key)) continue;
    if (seen.has(key.value)) {
      found.push(`line ${lines.linePos(key.range?.[0] ?? 0).line}: key ${JSON.stringify(key.value)} already set in map`);
    }
    seen.add(key.value);
  }
  return found;
}
