import { isRecord } from '../json.js';
import type { ListSchema } from './apply-schema.js';

/** Elements of paths as FieldsV1 writes them: `f:name`, `k:{"name":"web"}`, `v:"a"`, `i:0`. */

/** Names whose elements are remembered: putting them together for every object would be most of the work. */
const rememberedMax = 8_192;
const rememberedLengthMax = 64;
const remembered = new Map<string, string>();

export function fieldElement(name: string): string {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const element = `f:${name}`;
  if (remembered.size < rememberedMax && name.length <= rememberedLengthMax) remembered.set(name, element);
  return element;
}

/** Why an item of a list cannot be told from the others. */
export class ElementError extends Error {
  override readonly name = 'ElementError';
}

/** @throws ElementError */
export function itemElement(schema: ListSchema, item: unknown): string {
  if (schema.listType === 'set') return setElement(item);
  if (item === null || item === undefined) throw new ElementError('associative list with keys may not have a null element');
  if (!isRecord(item)) throw new ElementError('associative list with keys may not have non-map elements');
  let text = '';
  for (const key of sortedKeys(schema)) {
    const value = Object.hasOwn(item, key) ? item[key] : schema.keyDefaults[key];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  if (text === '') {
    const keys = `[${schema.keys.map((key) => JSON.stringify(key)).join(' ')}]`;
    throw new ElementError(
      `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`,
    );
  }
  return `k:{${text}}`;
}

function setElement(item: unknown): string {
  if (item === null || item === undefined)
    throw new ElementError("associative list without keys has an element that's an explicit null");
  if (Array.isArray(item)) throw new ElementError('not supported: associative list with lists as elements');
  if (typeof item === 'object') throw new ElementError("associative list without keys has an element that's a map type");
  return `v:${JSON.stringify(item)}`;
}

const sorted = new WeakMap<readonly string[], readonly string[]>();

function sortedKeys({ keys }: ListSchema): readonly string[] {
  if (keys.length < 2) return keys;
  let result = sorted.get(keys);
  if (result === undefined) {
    result = [...keys].sort();
    sorted.set(keys, result);
  }
  return result;
}

/** `.spec.containers[name="web"].image`, as conflicts name it. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

export function elementText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'k': {
      const key: unknown = JSON.parse(rest);
      if (!isRecord(key)) return `[${rest}]`;
      const members = Object.entries(key).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
      return `[${members.join(',')}]`;
    }
    case 'v':
      return `[=${rest}]`;
    case 'i':
      return `[${rest}]`;
    default:
      return `.${rest}`;
  }
}
