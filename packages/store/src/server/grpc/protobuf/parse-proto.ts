import { type Field, type FieldType, type MessageType, type MethodType, type Schema, scalarTypes } from './schema.js';

const tokens = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+|("[^"]*"|[\w.]+|[{}=;()[\]<>,])/gy;

interface FieldDraft {
  readonly number: number;
  readonly name: string;
  readonly typeName: string;
  readonly repeated: boolean;
  readonly oneof: readonly FieldDraft[] | undefined;
}

interface MessageDraft {
  readonly fields: readonly FieldDraft[];
  readonly type: { readonly name: string; fields: readonly Field[]; byNumber: readonly (Field | undefined)[] };
}

interface MethodDraft {
  readonly scope: string;
  readonly request: string;
  readonly response: string;
}

/**
 * Reads `.proto` files: proto3 with messages, enums, `oneof`, services and nothing more (no maps, no groups, no extensions).
 * @param texts files that may use each other's types
 * @throws Error on anything else
 */
export function parseProto(...texts: readonly string[]): Schema {
  const parser = new Parser();
  for (const text of texts) parser.readFile(text);
  return parser.schema();
}

class Parser {
  readonly #messages = new Map<string, MessageDraft>();
  readonly #enums = new Map<string, ReadonlyMap<string, number>>();
  readonly #methods = new Map<string, MethodDraft>();
  #tokens: readonly string[] = [];
  #at = 0;

  readFile(text: string): void {
    this.#tokens = tokenize(text);
    this.#at = 0;
    let scope = '';
    while (this.#at < this.#tokens.length) {
      const word = this.#next();
      if (word === 'package') scope = this.#statement()[0] ?? '';
      else if (word === 'message') this.#readMessage(scope);
      else if (word === 'enum') this.#readEnum(scope);
      else if (word === 'service') this.#readService(scope);
      else if (['syntax', 'import', 'option'].includes(word)) this.#statement();
      else throw unexpected(word);
    }
  }

  schema(): Schema {
    for (const { type, fields } of this.#messages.values()) {
      type.fields = fields.map((field) => this.#field(type.name, field)).sort((a, b) => a.number - b.number);
      const byNumber: (Field | undefined)[] = [];
      for (const field of type.fields) byNumber[field.number] = field;
      type.byNumber = byNumber;
    }
    const messages = new Map([...this.#messages].map(([name, { type }]) => [name, type]));
    return { messages, methods: new Map([...this.#methods].map(([name, draft]) => [name, this.#method(draft)])) };
  }

  #readMessage(scope: string): void {
    const name = qualified(scope, this.#next());
    const fields: FieldDraft[] = [];
    this.#expect('{');
    for (let word = this.#next(); word !== '}'; word = this.#next()) {
      if (word === 'message') this.#readMessage(name);
      else if (word === 'enum') this.#readEnum(name);
      else if (word === 'oneof') fields.push(...this.#readOneof());
      else if (word === 'reserved' || word === 'option') this.#statement();
      else if (word === 'repeated') fields.push(this.#readField(this.#next(), true));
      else fields.push(this.#readField(word, false));
    }
    this.#messages.set(name, { fields, type: { name, fields: [], byNumber: [] } });
  }

  #readOneof(): readonly FieldDraft[] {
    const fields: FieldDraft[] = [];
    this.#next();
    this.#expect('{');
    for (let word = this.#next(); word !== '}'; word = this.#next()) fields.push(this.#readField(word, false, fields));
    return fields;
  }

  #readField(typeName: string, repeated: boolean, oneof?: readonly FieldDraft[]): FieldDraft {
    const name = this.#next();
    this.#expect('=');
    const [number = ''] = this.#statement(); // options, if any, change nothing here
    return { name, number: Number(number), typeName, repeated, oneof };
  }

  #readEnum(scope: string): void {
    const values = new Map<string, number>();
    const name = qualified(scope, this.#next());
    this.#expect('{');
    for (let word = this.#next(); word !== '}'; word = this.#next()) {
      const [sign, number = ''] = this.#statement();
      if (sign === '=') values.set(word, Number(number));
    }
    this.#enums.set(name, values);
  }

  #readService(scope: string): void {
    const service = qualified(scope, this.#next());
    this.#expect('{');
    for (let word = this.#next(); word !== '}'; word = this.#next()) {
      if (word !== 'rpc') throw unexpected(word);
      const name = this.#next();
      const request = this.#readMethodType();
      this.#expect('returns');
      this.#methods.set(`${service}/${name}`, { scope, request, response: this.#readMethodType() });
      if (this.#next() === '{') while (this.#next() !== '}'); // options change nothing here
    }
  }

  #readMethodType(): string {
    this.#expect('(');
    const word = this.#next();
    const name = word === 'stream' ? this.#next() : word;
    this.#expect(')');
    return name;
  }

  #field(scope: string, { number, name, typeName, repeated, oneof }: FieldDraft): Field {
    const alternatives = oneof?.map((field) => field.name).filter((other) => other !== name);
    return { number, name, type: this.#type(scope, typeName), repeated, alternatives };
  }

  #type(scope: string, name: string): FieldType {
    const scalar = scalarTypes.find((type) => type === name);
    if (scalar !== undefined) return { kind: scalar };
    for (const candidate of candidates(scope, name)) {
      const message = this.#messages.get(candidate)?.type;
      if (message !== undefined) return { kind: 'message', message };
      const values = this.#enums.get(candidate);
      if (values !== undefined) return { kind: 'enum', values };
    }
    throw new Error(`no type ${name} in ${scope}`);
  }

  #method({ scope, request, response }: MethodDraft): MethodType {
    return { request: this.#message(scope, request), response: this.#message(scope, response) };
  }

  #message(scope: string, name: string): MessageType {
    const type = this.#type(scope, name);
    if (type.kind !== 'message') throw new Error(`${name} in ${scope} is no message`);
    return type.message;
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw unexpected('the end');
    return token;
  }

  #expect(wanted: string): void {
    const token = this.#next();
    if (token !== wanted) throw unexpected(token);
  }

  /** @returns the words up to the next semicolon */
  #statement(): readonly string[] {
    const words: string[] = [];
    for (let word = this.#next(); word !== ';'; word = this.#next()) words.push(word);
    return words;
  }
}

function tokenize(text: string): readonly string[] {
  const found: string[] = [];
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    end = match.index + match[0].length;
    if (match[1] !== undefined) found.push(match[1]);
  }
  if (end < text.length) throw unexpected(text.slice(end, end + 20));
  return found;
}

/** Where a name may be meant, innermost first: `a.b` and `C` are `a.b.C`, `a.C`, `C`. */
function candidates(scope: string, name: string): readonly string[] {
  const parts = scope.split('.');
  return parts.map((_, i) => `${parts.slice(0, parts.length - i).join('.')}.${name}`).concat(name);
}

function qualified(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}

function unexpected(token: string): Error {
  return new Error(`unexpected in a .proto file: ${token}`);
}
