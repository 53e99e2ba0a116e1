import type { RE2JS } from 're2js';
import { isRecord } from '../json.js';
import { compileGoRegexp, regexpSteps } from '../values/go-regexp.js';

const compiled = new Map<string, RE2JS | undefined>();
/** Patterns of all schemas together that are kept compiled; beyond it they are compiled again. */
const compiledMax = 4_096;

/**
 * A `pattern` of a schema, which is a Go regular expression: what matches takes time linear in the text, whoever has written either.
 * @returns undefined when it is none
 */
export function compilePattern(pattern: string): RE2JS | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  const result = compile(pattern);
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

/** Steps of different patterns of one definition together: they take about as many microseconds to compile, twice. */
const stepsMax = 200_000;

/** Whether a definition has so many and so large patterns that compiling them would hold up everybody else. */
export function hasTooManyPatterns(definition: unknown): boolean {
  const steps = [...patternsIn(definition)].reduce((sum, pattern) => sum + regexpSteps(pattern), 0);
  return steps > stepsMax;
}

function patternsIn(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (Array.isArray(value)) for (const item of value) patternsIn(item, found);
  else if (isRecord(value)) {
    if (typeof value['pattern'] === 'string') found.add(value['pattern']);
    for (const member of Object.values(value)) patternsIn(member, found);
  }
  return found;
}

function compile(pattern: string): RE2JS | undefined {
  try {
    return compileGoRegexp(pattern);
  } catch {
    return undefined;
  }
}
