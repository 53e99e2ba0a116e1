import {
  applyDefaults,
  checkCreate,
  checkUpdate,
  cloneJson,
  type Definition,
  decodeObject,
  definitions,
  type KubernetesObject,
  modelSchema,
  prepareForCreate,
  prepareForUpdate,
  type Schema,
  StatusError,
  tableOf,
} from '@flotilla/api';
import { pick, type Random, randomInt } from '@flotilla/base';
import { sampleObjects } from '../sample-objects.js';
import type { Target } from './fuzz.js';
import { hostileJson } from './hostile.js';

const scalars: Readonly<Record<string, readonly unknown[]>> = {
  string: [
    '',
    'a',
    'b',
    'Always',
    '__proto__',
    'a/b',
    '-',
    '1',
    '*',
    '1.2.3.4',
    '::1/129',
    '10.0.0.0/33',
    '@every',
    '\u0000',
    'x'.repeat(300),
    '\ud800',
  ],
  bytes: ['', 'YQ==', '!', '===='],
  time: ['2024-01-01T00:00:00Z', '', null, 'x'],
  'micro-time': ['2024-01-01T00:00:00.000001Z', null, 'x'],
  quantity: ['1', '-1', '1e1000000000', '1Ki', 0.5, '1n', 'x', ''],
  'int-or-string': [0, -1, '50%', '-50%', 'http', '', '101%', 2_147_483_648],
  int32: [0, 1, -1, 2_147_483_647, 2_147_483_648, 0.5],
  int64: [0, 1, -1, 2 ** 63, 1e300],
  double: [0, -1, 1e300],
  boolean: [true, false],
};

/** An object of a model with some of its fields, most of them of the right type. */
function objectOf(model: string, random: Random, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, schema] of modelSchema(model).fields) {
    const wanted = depth === 0 ? 0.9 : 0.6 / depth;
    if (random.next() < wanted && depth < 7) result[name] = valueLike(schema, random, depth);
  }
  return result;
}

function valueLike(schema: Schema, random: Random, depth: number): unknown {
  if (random.next() < 0.02) return pick(random, [null, [], {}, [null]]);
  switch (schema.type) {
    case 'ref':
      return objectOf(schema.model, random, depth + 1);
    case 'list':
      return Array.from({ length: randomInt(random, 0, 3) }, () => valueLike(schema.of, random, depth + 1));
    case 'map':
      return Object.fromEntries(
        [pick(random, ['a', 'constructor', '', 'a/b/c', 'cpu'])].map((key) => [key, valueLike(schema.of, random, depth + 1)]),
      );
    case 'any':
      return JSON.parse(hostileJson(random));
    default:
      return pick(random, scalars[schema.type] ?? [null]);
  }
}

interface HostileObject {
  readonly kind: number;
  readonly object: Record<string, unknown>;
  readonly update: Record<string, unknown>;
}

function input(random: Random): HostileObject {
  const kind = randomInt(random, 0, definitions.length);
  const { model, group, plural } = definitionAt(kind);
  const whole = (likely: number) => {
    const metadata = { name: 'x', ...(random.next() < likely ? objectOf('ObjectMeta', random, 1) : {}) };
    const own = objectOf(model, random, 0);
    delete own['metadata'];
    delete own['apiVersion'];
    delete own['kind'];
    return random.next() < 0.4
      ? { metadata, ...own }
      : overlaid({ metadata, ...sampleObjects[`${group}/${plural}`] }, own, random, likely);
  };
  return { kind, object: whole(random.next() * 0.3), update: whole(0.3) };
}

/** The sample with here and there a member of the other. */
function overlaid(
  sample: Record<string, unknown>,
  other: Record<string, unknown>,
  random: Random,
  likely: number,
): Record<string, unknown> {
  const result = { ...sample };
  for (const [name, value] of Object.entries(other)) {
    const old = result[name];
    if (isObject(old) && isObject(value)) result[name] = overlaid(old, value, random, likely);
    else if (random.next() < likely) result[name] = value;
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function definitionAt(kind: number): Definition {
  const definition = definitions[kind];
  if (definition === undefined) throw new RangeError('no such kind');
  return definition;
}

const refuses = (error: unknown) => error instanceof StatusError && error.code < 500;

/** The way of an object through the rules of its kind: decoded, defaulted, prepared, checked, shown, and changed into another. */
export const kindTarget: Target<HostileObject> = {
  name: 'kind',
  input,
  decode({ kind, object, update }) {
    const definition = definitionAt(kind);
    const created = decodeObject(definition, object).object;
    applyDefaults(definition, created);
    prepareForCreate(definition, created);
    checkCreate(definition, created);
    const old = cloneJson(created) as KubernetesObject; // checkCreate has made sure
    tableOf(definition, [old], Date.now());
    const changed = decodeObject(definition, update).object;
    applyDefaults(definition, changed);
    prepareForUpdate(definition, changed, old);
    checkUpdate(definition, changed, old);
    tableOf(definition, [changed as KubernetesObject], Date.now());
  },
  refuses,
};
