import { modelSchema, type Schema } from '@flotilla/api';
import { clusterFieldNumbers } from './cluster-field-numbers.js';
import { coreFieldNumbers } from './core-field-numbers.js';
import { metaFieldNumbers } from './meta-field-numbers.js';
import { workloadFieldNumbers } from './workload-field-numbers.js';

/** One field of a message, with where it goes in the object. */
export interface MessageField {
  readonly name: string;
  readonly schema: Schema;
  /** Zero and the empty string are values; elsewhere they mean that the field is not set. */
  readonly keepsZero: boolean;
}

/** By field number. A nested message's members belong to the enclosing object, as Go's embedded structs do in JSON. */
export interface Message {
  readonly fields: ReadonlyMap<number, MessageField | Message>;
}

let texts: Map<string, string> | undefined;
const messages = new Map<string, Message | undefined>();

/**
 * How a model is laid out on the wire, from a table of lines such as `Probe httpGet=1.2 periodSeconds=4 …`: `1.2` is field
 * 2 of the embedded message 1, and `!` marks a field that keeps its zero. A line that starts with a space continues the last.
 * @returns undefined for a model without protobuf encoding
 */
export function messageOf(model: string): Message | undefined {
  if (messages.has(model)) return messages.get(model);
  texts ??= readTables([coreFieldNumbers, metaFieldNumbers, workloadFieldNumbers, clusterFieldNumbers]);
  const text = texts.get(model);
  const message = text === undefined ? undefined : readMessage(model, text);
  messages.set(model, message);
  return message;
}

function readTables(tables: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of tables.join('').replaceAll('\n  ', ' ').split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) found.set(line.slice(0, space), line.slice(space + 1));
  }
  return found;
}

interface Draft {
  readonly fields: Map<number, MessageField | Draft>;
}

function readMessage(model: string, text: string): Message {
  const { fields: schemas } = modelSchema(model);
  const message: Draft = { fields: new Map() };
  for (const entry of text.split(' ')) {
    const [name = '', path = ''] = entry.split('=');
    const schema = schemas.get(name);
    if (schema === undefined) continue;
    const numbers = path.replace('!', '').split('.').map(Number);
    const last = numbers.pop() ?? 0;
    let target = message;
    for (const number of numbers) {
      const next = target.fields.get(number);
      const embedded: Draft = next !== undefined && 'fields' in next ? next : { fields: new Map() };
      target.fields.set(number, embedded);
      target = embedded;
    }
    target.fields.set(last, { name, schema, keepsZero: path.endsWith('!') });
  }
  return message;
}
