import { RE2JS } from 're2js';

/** Steps of a compiled expression. It takes some microseconds to compile each, and to try each on every character of a text. */
const stepsMax = 20_000;

/**
 * A Go regular expression: what matches takes time linear in the text, whoever has written either.
 * @throws Error with Go's text when it is none, or so large that it would hold up everybody else
 */
export function compileGoRegexp(pattern: string): RE2JS {
  if (regexpSteps(pattern) > stepsMax) throw new RangeError('error parsing regexp: expression too large');
  return RE2JS.compile(pattern);
}

/** How many steps the expression has at most once its repetitions are written out: `(ab){3}` has about twelve. */
export function regexpSteps(pattern: string): number {
  const outer: number[] = [];
  let steps = 0;
  let last = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '(') {
      outer.push(steps);
      steps = 0;
    } else if (character === ')') {
      last = steps + 2;
      steps = (outer.pop() ?? 0) + last;
    } else if (character === '{') {
      const [all = '{', least = '1', most = least] = /^\{(\d+)(?:,(\d+)?)?\}/.exec(pattern.slice(at, at + 20)) ?? [];
      steps += last * Math.max(Number(most) - 1, 0);
      at += all.length - 1;
    } else {
      last = 1;
      steps += 1;
      at = endOfAtom(pattern, at);
    }
  }
  return outer.reduce((sum, more) => sum + more, steps);
}

/** The last index of what begins at `start`: a character, an escape, a quotation (`\Q…\E`) or a class. */
function endOfAtom(pattern: string, start: number): number {
  if (pattern.startsWith('\\Q', start)) {
    const end = pattern.indexOf('\\E', start + 2);
    return end < 0 ? pattern.length : end + 1;
  }
  if (pattern[start] === '\\') return start + 1;
  if (pattern[start] !== '[') return start;
  let at = start + 1;
  if (pattern[at] === '^') at += 1;
  if (pattern[at] === ']') at += 1;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at;
}
