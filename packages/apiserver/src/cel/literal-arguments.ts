import { compileGoRegexp } from '@flotilla/api';
import type { Expression } from './ast.js';
import type { Issue } from './source.js';
import { parseDuration, parseTimestamp } from './time.js';

/** Functions that cannot work with some texts, each with the position of the argument and how it is read. */
const readers: Readonly<Record<string, { readonly argument: number; read(text: string): unknown }>> = {
  duration: { argument: 0, read: parseDuration },
  timestamp: { argument: 0, read: parseTimestamp },
  matches: { argument: -1, read: compileGoRegexp },
};

/** What is wrong with a literal argument, which would make every evaluation fail. */
export function literalProblem(expression: Expression): Issue | undefined {
  if (expression.kind !== 'call' || !Object.hasOwn(readers, expression.name)) return undefined;
  const reader = readers[expression.name];
  const argument = expression.args.at(reader?.argument ?? 0);
  if (reader === undefined || argument?.kind !== 'literal' || typeof argument.value !== 'string') return undefined;
  try {
    reader.read(argument.value);
    return undefined;
  } catch {
    return { offset: argument.offset, message: `invalid ${expression.name} argument` };
  }
}
