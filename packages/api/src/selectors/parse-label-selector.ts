import { type FieldError, fieldErrorText, invalid } from '../errors/field-error.js';
import { labelValueProblems, qualifiedNameProblems } from '../validation/names.js';
import type { Requirement } from './requirement.js';

/** A selector that cannot be read; the message is what Kubernetes says. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

interface Token {
  readonly type: 'word' | 'symbol' | 'end';
  readonly text: string;
}

const symbols = ['!=', '==', '=', '!', '(', ')', ',', '>', '<'];
const operators: ReadonlyMap<string, Requirement['operator']> = new Map([
  ['=', '='],
  ['==', '=='],
  ['!=', '!='],
  ['in', 'in'],
  ['notin', 'notin'],
  ['>', 'gt'],
  ['<', 'lt'],
]);
const operatorNames = ['in', 'notin', '=', '==', '!=', 'gt', 'lt'].join(', ');

/**
 * The labelSelector of a URL: `app=web,tier in (front, back),!canary`. Empty text selects everything.
 * @returns requirements sorted by key
 * @throws SelectorError
 */
export function parseLabelSelector(text: string): readonly Requirement[] {
  const tokens = new Tokens(text);
  const requirements: Requirement[] = [];
  while (tokens.peek().type !== 'end') {
    const first = tokens.peek();
    if (first.type !== 'word' && first.text !== '!') {
      throw new SelectorError(`found '${first.text}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(parseRequirement(tokens));
    const next = tokens.take();
    if (next.type === 'end') break;
    if (next.text !== ',') throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`);
    const following = tokens.peek();
    if (following.type !== 'word' && following.text !== '!') {
      throw new SelectorError(`found '${following.text}', expected: identifier after ','`);
    }
  }
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function parseRequirement(tokens: Tokens): Requirement {
  try {
    const negated = tokens.peek().text === '!' && tokens.peek().type === 'symbol';
    if (negated) tokens.take();
    const key = tokens.word('identifier');
    check(keyErrors('', key));
    const next = tokens.peek();
    const alone = next.type === 'end' || (next.type === 'symbol' && next.text === ',');
    if (negated) return { key, operator: '!', values: [] };
    if (alone) return { key, operator: 'exists', values: [] };
    const found = tokens.take();
    const operator = operators.get(found.text);
    if (operator === undefined) throw new SelectorError(`found '${found.text}', expected: ${operatorNames}`);
    const values = operator === 'in' || operator === 'notin' ? parseValues(tokens) : [parseValue(tokens)];
    check(valueErrors(key, operator, values));
    return { key, operator, values };
  } catch (error) {
    if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
    throw error;
  }
}

function parseValue(tokens: Tokens): string {
  const next = tokens.peek();
  return next.type === 'end' || next.text === ',' ? '' : tokens.word('identifier');
}

/** `(a,b)`; where nothing stands before a comma or a parenthesis, the empty value does. */
function parseValues(tokens: Tokens): readonly string[] {
  const open = tokens.take();
  if (open.text !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
  const values = new Set<string>();
  for (;;) {
    const next = tokens.peek();
    values.add(next.type === 'word' ? tokens.take().text : '');
    const end = tokens.take();
    if (end.text === ')' && end.type === 'symbol') return [...values].sort();
    if (end.text !== ',' || end.type !== 'symbol') throw new SelectorError(`found '${end.text}', expected: ',' or ')'`);
  }
}

function keyErrors(field: string, key: string): FieldError[] {
  const problems = qualifiedNameProblems(key);
  return problems.length === 0 ? [] : [invalid(field, key, problems.join('; '))];
}

function valueErrors(key: string, operator: Requirement['operator'], values: readonly string[]): FieldError[] {
  return values.flatMap((value, index) => {
    const field = `values[${index}]`;
    if ((operator === 'gt' || operator === 'lt') && !/^[+-]?\d+$/.test(value)) {
      return [invalid(field, value, "for 'Gt', 'Lt' operators, the value must be an integer")];
    }
    const problems = labelValueProblems(value);
    return problems.length === 0 ? [] : [invalid(`${field}[${key}]`, value, problems.join('; '))];
  });
}

function check(errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const texts = errors.map((error) => (error.field === '' ? `<nil>: ${error.message}` : fieldErrorText(error)));
  throw new SelectorError(texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`);
}

class Tokens {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = [...tokensOf(text)];
  }

  peek(): Token {
    return this.#tokens[this.#position] ?? { type: 'end', text: '' };
  }

  take(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  word(what: string): string {
    const token = this.take();
    if (token.type !== 'word') throw new SelectorError(`found '${token.text}', expected: ${what}`);
    return token.text;
  }
}

function* tokensOf(text: string): Generator<Token> {
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^[ \t\r\n]+/.exec(rest)?.[0];
    const symbol = symbols.find((candidate) => rest.startsWith(candidate));
    const word = /^[^ \t\r\n=!(),<>]+/.exec(rest)?.[0];
    if (space !== undefined) at += space.length;
    else if (symbol !== undefined) {
      at += symbol.length;
      yield { type: 'symbol', text: symbol };
    } else if (word !== undefined) {
      at += word.length;
      yield { type: 'word', text: word };
    }
  }
}
