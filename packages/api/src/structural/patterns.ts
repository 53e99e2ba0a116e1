/** What Go's regular expressions have and JavaScript's write otherwise. */
const translations: readonly (readonly [RegExp, string])[] = [
  [/\(\?P</g, '(?<'],
  [/\\A/g, '(?<![\\s\\S])'],
  [/\\z/g, '(?![\\s\\S])'],
  [/\[:alpha:\]/g, 'A-Za-z'],
  [/\[:digit:\]/g, '0-9'],
  [/\[:alnum:\]/g, '0-9A-Za-z'],
  [/\[:lower:\]/g, 'a-z'],
  [/\[:upper:\]/g, 'A-Z'],
  [/\[:xdigit:\]/g, '0-9A-Fa-f'],
  [/\[:space:\]/g, '\\s'],
  [/\[:word:\]/g, '\\w'],
  [/\[:punct:\]/g, '!-\\/:-@[-`{-~'],
  [/\\p([A-Z])(?!\w)/g, '\\p{$1}'],
];

const compiled = new Map<string, RegExp | undefined>();
/** Patterns of all schemas together that are kept compiled; beyond it they are compiled again. */
const compiledMax = 4_096;

/** A `pattern` of a schema, which is a Go regular expression. @returns undefined when it is none */
export function compilePattern(pattern: string): RegExp | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  const result = compile(pattern);
  if (compiled.size >= compiledMax) compiled.clear();
  compiled.set(pattern, result);
  return result;
}

function compile(pattern: string): RegExp | undefined {
  const [, letters = '', rest = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern) ?? [];
  const source = translations.reduce((text, [from, to]) => text.replace(from, to), rest);
  // Unicode mode refuses escapes that Go allows, such as `\-` outside of brackets.
  for (const flags of [`${letters}u`, letters]) {
    try {
      return new RegExp(source, flags);
    } catch {
      // The other mode may take it.
    }
  }
  return undefined;
}
