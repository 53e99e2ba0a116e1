import type { RE2JS } from 're2js';
import { compileGoRegexp } from '../values/go-regexp.js';

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

function compile(pattern: string): RE2JS | undefined {
  try {
    return compileGoRegexp(pattern);
  } catch {
    return undefined;
  }
}
