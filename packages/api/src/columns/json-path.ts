import { equalJson, isRecord } from '../json.js';

type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined; readonly step: number }
  | { readonly kind: 'all' | 'deep' }
  | { readonly kind: 'union'; readonly steps: readonly Step[] }
  | { readonly kind: 'filter'; readonly left: Operand; readonly operator: string; readonly right: Operand | undefined };

type Operand = { readonly path: JsonPath } | { readonly value: unknown };

/** A path as kubectl and CustomResourceDefinitions write it: `.status.conditions[?(@.type=="Ready")].status`. */
export class JsonPath {
  readonly #steps: readonly Step[];

  private constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** @throws SyntaxError */
  static parse(text: string): JsonPath {
    const scanner = new Scanner(text.replace(/^\$/, ''));
    const steps: Step[] = [];
    while (!scanner.done) steps.push(...scanner.steps());
    return new JsonPath(steps);
  }

  /** Everything that the path leads to; nothing where a member is missing. */
  find(value: unknown): readonly unknown[] {
    return this.#steps.reduce<readonly unknown[]>((values, step) => values.flatMap((one) => take(step, one)), [value]);
  }
}

function take(step: Step, value: unknown): readonly unknown[] {
  switch (step.kind) {
    case 'member':
      return isRecord(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'index': {
      if (!Array.isArray(value)) return [];
      const item: unknown = value.at(step.index);
      return item === undefined ? [] : [item];
    }
    case 'slice':
      return Array.isArray(value) ? sliceOf(value, step) : [];
    case 'all':
      return children(value);
    case 'deep':
      return [value, ...children(value).flatMap((child) => take(step, child))];
    case 'union':
      return step.steps.flatMap((one) => take(one, value));
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => holds(step, item)) : [];
  }
}

/** Nothing, as soon as either end is out of bounds. */
function sliceOf(list: readonly unknown[], { from = 0, to = list.length, step }: Extract<Step, { kind: 'slice' }>) {
  const fromEnd = (at: number) => (at < 0 ? at + list.length : at);
  const [first, end] = [fromEnd(from), fromEnd(to)];
  if (first < 0 || end < first || end > list.length) return [];
  return list.slice(first, end).filter((_, index) => index % step === 0);
}

function children(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isRecord(value) ? Object.values(value) : [];
}

function holds({ left, operator, right }: Extract<Step, { kind: 'filter' }>, value: unknown): boolean {
  const [a] = evaluate(left, value);
  if (right === undefined) return a !== undefined;
  const [b] = evaluate(right, value);
  if (a === undefined || b === undefined) return false;
  if (operator === '==') return equalJson(a, b);
  if (operator === '!=') return !equalJson(a, b);
  const comparable = (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string');
  if (!comparable) return false;
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function evaluate(operand: Operand, value: unknown): readonly unknown[] {
  return 'path' in operand ? operand.path.find(value) : [operand.value];
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next step; two of them for `..name`. */
  steps(): readonly Step[] {
    if (this.#skip('..')) return [{ kind: 'deep' }, ...(this.#peek() === '[' ? [] : [this.#member()])];
    if (this.#skip('.')) return this.done || this.#peek() === '[' ? [] : [this.#member()];
    if (this.#skip('[')) return [this.#bracket()];
    if (this.#at === 0) return [this.#member()];
    throw this.#error('unexpected character');
  }

  #member(): Step {
    let name = '';
    for (; !this.done && this.#peek() !== '.' && this.#peek() !== '['; this.#at++) {
      if (this.#peek() === '\\') this.#at++;
      name += this.#peek();
    }
    if (name === '') throw this.#error('a name is missing');
    return name === '*' ? { kind: 'all' } : { kind: 'member', name };
  }

  #bracket(): Step {
    if (this.#skip('?(')) return this.#filter();
    const body = this.#until(']');
    const parts = splitOutsideQuotes(body);
    const steps = parts.map((part) => this.#selector(part.trim()));
    const [only] = steps;
    return steps.length === 1 && only !== undefined ? only : { kind: 'union', steps };
  }

  #selector(text: string): Step {
    if (text === '*') return { kind: 'all' };
    const quoted = /^(['"])(.*)\1$/s.exec(text);
    if (quoted !== null) return { kind: 'member', name: (quoted[2] ?? '').replace(/\\(.)/g, '$1') };
    if (/^-?\d+$/.test(text)) return { kind: 'index', index: Number(text) };
    const slice = /^(-?\d*):(-?\d*)(?::(\d*))?$/.exec(text);
    if (slice === null) throw this.#error(`invalid array index ${text}`);
    const number = (part: string | undefined) => (part === undefined || part === '' ? undefined : Number(part));
    return { kind: 'slice', from: number(slice[1]), to: number(slice[2]), step: Math.max(1, number(slice[3]) ?? 1) };
  }

  #filter(): Step {
    const body = this.#until(')]');
    const match = /^(.*?)(==|!=|<=|>=|<|>)(.*)$/s.exec(body);
    const [, left = body, operator = '', right] = match ?? [];
    return {
      kind: 'filter',
      left: operand(left.trim()),
      operator,
      right: right === undefined ? undefined : operand(right.trim()),
    };
  }

  #until(end: string): string {
    let quote = '';
    for (let at = this.#at; at < this.#text.length; at++) {
      const character = this.#text.charAt(at);
      if (character === '\\') at++;
      else if (quote !== '') quote = character === quote ? '' : quote;
      else if (character === '"' || character === "'") quote = character;
      else if (this.#text.startsWith(end, at)) {
        const body = this.#text.slice(this.#at, at);
        this.#at = at + end.length;
        return body;
      }
    }
    throw this.#error('unterminated array');
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #error(why: string): SyntaxError {
    return new SyntaxError(`${why} at ${this.#at} of ${JSON.stringify(this.#text)}`);
  }
}

function operand(text: string): Operand {
  if (text.startsWith('@')) return { path: JsonPath.parse(text.slice(1)) };
  const quoted = /^(['"])(.*)\1$/s.exec(text);
  if (quoted !== null) return { value: (quoted[2] ?? '').replace(/\\(.)/g, '$1') };
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  const number = Number(text);
  if (text === '' || Number.isNaN(number)) throw new SyntaxError(`unrecognized operand ${JSON.stringify(text)}`);
  return { value: number };
}

function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^,])+/g) ?? [''];
}
