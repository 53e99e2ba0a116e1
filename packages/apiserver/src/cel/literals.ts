import type { Literal } from './ast.js';
import type { Token } from './lexer.js';
import { CelSyntaxError } from './syntax-error.js';

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const uint64Max = 2n ** 64n - 1n;

/** @param sign `-` in front of a number belongs to it, or the smallest int could not be written */
export function numberLiteral({ type, text, offset }: Token, sign: '' | '-'): Literal {
  if (type === 'double') {
    const value = Number(sign + text);
    if (!Number.isFinite(value)) throw new CelSyntaxError(offset, 'invalid double literal');
    return { kind: 'literal', offset, value };
  }
  const magnitude = BigInt(type === 'uint' ? text.slice(0, -1) : text);
  if (type === 'uint') {
    if (magnitude > uint64Max) throw new CelSyntaxError(offset, 'invalid uint literal');
    return { kind: 'literal', offset, value: { uint: magnitude } };
  }
  const value = sign === '-' ? -magnitude : magnitude;
  if (value < int64Min || value > int64Max) throw new CelSyntaxError(offset, 'invalid int literal');
  return { kind: 'literal', offset, value };
}

export function stringLiteral({ text, offset }: Token): Literal {
  const { raw, body } = unquote(text);
  return { kind: 'literal', offset, value: raw ? body : unescapeText(body, offset) };
}

export function bytesLiteral({ text, offset }: Token): Literal {
  const { raw, body } = unquote(text);
  return { kind: 'literal', offset, value: raw ? Buffer.from(body) : unescapeBytes(body, offset) };
}

function unquote(text: string): { readonly raw: boolean; readonly body: string } {
  const quoteAt = text.search(/["']/);
  const raw = /r/i.test(text.slice(0, quoteAt));
  const quoted = text.slice(quoteAt);
  const width = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1;
  return { raw, body: quoted.slice(width, -width).replace(/\r\n?/g, '\n') };
}

const escapes = /\\(?:x([\da-fA-F]{2})|X([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;
const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '?': '?',
  '"': '"',
  "'": "'",
  '`': '`',
};

function unescapeText(body: string, offset: number): string {
  return body.replace(escapes, (_all, x, bigX, u, bigU, octal, other: string | undefined) => {
    if (other !== undefined) return simpleEscape(other, offset);
    const code = octal === undefined ? Number.parseInt(x ?? bigX ?? u ?? bigU, 16) : Number.parseInt(octal, 8);
    if (code > 0x10_ffff || (code >= 0xd800 && code < 0xe000)) throw badEscape(offset);
    return String.fromCodePoint(code);
  });
}

function unescapeBytes(body: string, offset: number): Uint8Array {
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of body.matchAll(escapes)) {
    parts.push(Buffer.from(body.slice(from, match.index)));
    from = match.index + match[0].length;
    const [, x, bigX, u, bigU, octal, other] = match;
    if (u !== undefined || bigU !== undefined) throw badEscape(offset);
    if (other !== undefined) parts.push(Buffer.from(simpleEscape(other, offset)));
    else parts.push(Buffer.of(octal === undefined ? Number.parseInt(x ?? bigX ?? '', 16) : Number.parseInt(octal, 8)));
  }
  parts.push(Buffer.from(body.slice(from)));
  return Buffer.concat(parts);
}

function simpleEscape(character: string, offset: number): string {
  const value = Object.hasOwn(simple, character) ? simple[character] : undefined;
  if (value === undefined) throw badEscape(offset);
  return value;
}

function badEscape(offset: number): CelSyntaxError {
  return new CelSyntaxError(offset, 'invalid string literal: unable to unescape string');
}
