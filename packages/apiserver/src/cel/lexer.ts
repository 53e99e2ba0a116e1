import { CelSyntaxError } from './syntax-error.js';

export interface Token {
  readonly type: 'identifier' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'operator' | 'end';
  /** As written. */
  readonly text: string;
  readonly offset: number;
}

const patterns: readonly (readonly [RegExp, Token['type']])[] = [
  [/(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y, 'double'],
  [/(?:0x[\da-fA-F]+|\d+)[uU]/y, 'uint'],
  [/(?:0x[\da-fA-F]+|\d+)/y, 'int'],
  [stringPattern('(?:[bB][rR]?|[rR][bB])'), 'bytes'],
  [stringPattern('[rR]?'), 'string'],
  [/[_a-zA-Z][_a-zA-Z0-9]*/y, 'identifier'],
  [/`[_a-zA-Z0-9.\-/ ]+`/y, 'identifier'],
  [/==|!=|<=|>=|&&|\|\||[-+*/%!?:.,<>()[\]{}]/y, 'operator'],
];

const blank = /(?:[\s\f]+|\/\/[^\n]*)+/y;

function stringPattern(prefix: string): RegExp {
  const raw = prefix.replace('?', '');
  const withEscapes = [
    `"""(?:\\\\[^]|[^\\\\])*?"""`,
    `'''(?:\\\\[^]|[^\\\\])*?'''`,
    `"(?:\\\\.|[^"\\\\\\n\\r])*"`,
    `'(?:\\\\.|[^'\\\\\\n\\r])*'`,
  ];
  const rawForms = [`"""[^]*?"""`, `'''[^]*?'''`, `"[^"\\n\\r]*"`, `'[^'\\n\\r]*'`];
  const isBytes = prefix.includes('b');
  const plain = isBytes ? '[bB]' : '';
  const rawPrefix = isBytes ? '(?:[bB][rR]|[rR][bB])' : raw;
  return new RegExp(`${rawPrefix}(?:${rawForms.join('|')})|${plain}(?:${withEscapes.join('|')})`, 'y');
}

/** @throws CelSyntaxError at the first character that begins no token */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  for (;;) {
    blank.lastIndex = offset;
    if (blank.test(source)) offset = blank.lastIndex;
    if (offset >= source.length) break;
    const token = tokenAt(source, offset);
    if (token === undefined) {
      const character = String.fromCodePoint(source.codePointAt(offset) ?? 0);
      const text = character === '"' || character === "'" ? source.slice(offset).split('\n', 1)[0] : character;
      throw new CelSyntaxError(offset, `Syntax error: token recognition error at: '${text}'`);
    }
    tokens.push(token);
    offset += token.text.length;
  }
  tokens.push({ type: 'end', text: '<EOF>', offset: source.length });
  return tokens;
}

function tokenAt(source: string, offset: number): Token | undefined {
  for (const [pattern, type] of patterns) {
    pattern.lastIndex = offset;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined) return { type, text, offset };
  }
  return undefined;
}
