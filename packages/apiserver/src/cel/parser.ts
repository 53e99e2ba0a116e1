import type { Expression, ListLiteral, MapLiteral } from './ast.js';
import { balanced } from './balanced.js';
import { deeperThan } from './depth.js';
import { type Token, tokenize } from './lexer.js';
import { bytesLiteral, numberLiteral, stringLiteral } from './literals.js';
import { expandGlobalMacro, expandMemberMacro } from './macros.js';
import { nowhere } from './source.js';
import { CelSyntaxError } from './syntax-error.js';

/** Kubernetes' and cel-go's bounds: deeper or longer expressions are refused before they cost anything. */
const expressionCharactersMax = 100_000;
const recursionMax = 250;

const startOfExpression =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

const reserved: ReadonlySet<string> = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

/** Binary operators that group to the left, loosest first. */
const binaryLevels: readonly ReadonlySet<string>[] = [
  new Set(['==', '!=', '<', '<=', '>', '>=', 'in']),
  new Set(['+', '-']),
  new Set(['*', '/', '%']),
];

/** @throws CelSyntaxError */
export function parse(source: string): Expression {
  if (source.length > expressionCharactersMax) {
    const size = [...source].length;
    const limit = expressionCharactersMax;
    if (size > limit) throw new CelSyntaxError(0, `expression code point size exceeds limit: size: ${size}, limit ${limit}`);
  }
  return new Parser(tokenize(source)).parse();
}

/** Recursive descent, one token of look-ahead. */
class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#expression();
    const { type, text, offset } = this.#next;
    if (type === 'end') {
      // Chains such as `a+a+a` and `a.b.c` are as deep as they are long, and what comes next recurses.
      if (deeperThan(expression, recursionMax)) throw new CelSyntaxError(nowhere, 'max recursion depth exceeded');
      return expression;
    }
    throw new CelSyntaxError(offset, `Syntax error: mismatched input '${text}' expecting <EOF>`);
  }

  get #next(): Token {
    const token = this.#tokens[this.#position] ?? this.#tokens.at(-1);
    if (token === undefined) throw new TypeError('tokens end with an end');
    return token;
  }

  #at(...texts: readonly string[]): boolean {
    const { type, text } = this.#next;
    return (type === 'operator' || (type === 'identifier' && text === 'in')) && texts.includes(text);
  }

  #take(): Token {
    const token = this.#next;
    this.#position++;
    return token;
  }

  #accept(text: string): Token | undefined {
    return this.#at(text) ? this.#take() : undefined;
  }

  #expect(text: string, wanted = `'${text}'`): Token {
    const found = this.#accept(text);
    if (found !== undefined) return found;
    const { text: given, offset } = this.#next;
    throw new CelSyntaxError(offset, `Syntax error: mismatched input '${given}' expecting ${wanted}`);
  }

  #expression(): Expression {
    if (++this.#depth > recursionMax) {
      throw new CelSyntaxError(nowhere, `expression recursion limit exceeded: ${recursionMax}`);
    }
    const condition = this.#or();
    const question = this.#accept('?');
    let expression = condition;
    if (question !== undefined) {
      const yes = this.#or();
      this.#expect(':');
      expression = call('_?_:_', question.offset, [condition, yes, this.#expression()]);
    }
    this.#depth--;
    return expression;
  }

  #or(): Expression {
    return this.#logic('||', () => this.#logic('&&', () => this.#binary(0)));
  }

  #logic(operator: string, operand: () => Expression): Expression {
    const terms = [operand()];
    const offsets: number[] = [];
    for (let sign = this.#accept(operator); sign !== undefined; sign = this.#accept(operator)) {
      offsets.push(sign.offset);
      terms.push(operand());
    }
    return balanced(`_${operator}_`, terms, offsets);
  }

  #binary(level: number): Expression {
    const operators = binaryLevels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (this.#at(...operators)) {
      const { text, offset } = this.#take();
      const name = text === 'in' ? '@in' : `_${text}_`;
      left = call(name, offset, [left, this.#binary(level + 1)]);
    }
    return left;
  }

  #unary(): Expression {
    const first = this.#next;
    if (this.#at('!')) return this.#repeated('!', '!_');
    if (!this.#at('-')) return this.#members(this.#primary());
    const number = this.#tokens[this.#position + 1];
    if (number?.type === 'int' || number?.type === 'double') {
      this.#position += 2;
      return this.#members({ ...numberLiteral(number, '-'), offset: first.offset });
    }
    return this.#repeated('-', '-_');
  }

  /** An even number of signs says nothing. */
  #repeated(sign: string, name: string): Expression {
    const { offset } = this.#next;
    let count = 0;
    while (this.#accept(sign) !== undefined) count++;
    const operand = sign === '!' && this.#at('-') ? this.#unary() : this.#members(this.#primary());
    return count % 2 === 0 ? operand : call(name, offset, [operand]);
  }

  #members(start: Expression): Expression {
    let operand = start;
    for (;;) {
      const dot = this.#accept('.');
      if (dot !== undefined) {
        operand = this.#member(operand, dot.offset);
        continue;
      }
      const bracket = this.#accept('[');
      if (bracket === undefined) return operand;
      const optional = this.#accept('?') !== undefined;
      const index = this.#expression();
      this.#expect(']');
      operand = call(optional ? '_[?_]' : '_[_]', bracket.offset, [operand, index]);
    }
  }

  #member(operand: Expression, offset: number): Expression {
    const optional = this.#accept('?') !== undefined;
    const { type, text, offset: nameOffset } = this.#next;
    if (type !== 'identifier' || text === 'in' || text === 'true' || text === 'false' || text === 'null') {
      throw new CelSyntaxError(nameOffset, `Syntax error: no viable alternative at input '.${text}'`);
    }
    this.#position++;
    const quoted = text.startsWith('`');
    const open = quoted || optional ? undefined : this.#accept('(');
    if (open === undefined) {
      return { kind: 'select', offset, operand, field: text.replaceAll('`', ''), mode: optional ? 'optional' : 'value' };
    }
    const args = this.#list(')');
    return (
      expandMemberMacro(operand, text, args, open.offset) ?? {
        kind: 'call',
        offset: open.offset,
        name: text,
        target: operand,
        args,
      }
    );
  }

  #primary(): Expression {
    const token = this.#take();
    const { type, text, offset } = token;
    switch (type) {
      case 'int':
      case 'uint':
      case 'double':
        return numberLiteral(token, '');
      case 'string':
        return stringLiteral(token);
      case 'bytes':
        return bytesLiteral(token);
      case 'identifier':
        return this.#identifier(text, offset);
      default:
        return this.#group(token);
    }
  }

  #group({ text, offset }: Token): Expression {
    if (text === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (text === '[') return this.#listLiteral(offset);
    if (text === '{') return this.#mapLiteral(offset);
    if (text === '.' && this.#next.type === 'identifier') {
      const name = this.#take();
      return this.#identifier(name.text, name.offset, '.');
    }
    throw new CelSyntaxError(offset, `Syntax error: mismatched input '${text}' expecting ${startOfExpression}`);
  }

  #identifier(text: string, offset: number, dot = ''): Expression {
    if (text === 'true' || text === 'false') return { kind: 'literal', offset, value: text === 'true' };
    if (text === 'null') return { kind: 'literal', offset, value: null };
    if (text === 'in' || text.startsWith('`')) {
      throw new CelSyntaxError(offset, `Syntax error: mismatched input '${text}' expecting ${startOfExpression}`);
    }
    if (reserved.has(text)) throw new CelSyntaxError(offset, `reserved identifier: ${text}`);
    const open = this.#accept('(');
    if (open === undefined) return { kind: 'identifier', offset, name: dot + text };
    const args = this.#list(')');
    return expandGlobalMacro(text, args, open.offset) ?? call(text, open.offset, args);
  }

  #list(close: string): readonly Expression[] {
    const items: Expression[] = [];
    if (this.#accept(close) !== undefined) return items;
    do items.push(this.#expression());
    while (this.#accept(',') !== undefined);
    this.#expect(close);
    return items;
  }

  #listLiteral(offset: number): ListLiteral {
    const items: ListLiteral['items'][number][] = [];
    while (!this.#at(']')) {
      const optional = this.#accept('?') !== undefined;
      items.push({ value: this.#expression(), optional });
      if (this.#accept(',') === undefined) break;
    }
    this.#expect(']');
    return { kind: 'list', offset, items };
  }

  #mapLiteral(offset: number): MapLiteral {
    const entries: MapLiteral['entries'][number][] = [];
    while (!this.#at('}')) {
      const optional = this.#accept('?') !== undefined;
      const key = this.#expression();
      this.#expect(':');
      entries.push({ key, value: this.#expression(), optional });
      if (this.#accept(',') === undefined) break;
    }
    this.#expect('}');
    return { kind: 'map', offset, entries };
  }
}

function call(name: string, offset: number, args: readonly Expression[]): Expression {
  return { kind: 'call', offset, name, target: undefined, args };
}
