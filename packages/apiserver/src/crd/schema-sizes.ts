import { additionalSchema, type StructuralSchema } from '@flotilla/api';
import type { DeclaredSize, Path } from '../cel/estimate/operand.js';
import { upTo } from '../cel/estimate/size.js';
import { escapedName } from '../cel/schema-types.js';
import { bodyBytesMax } from '../limits.js';

/** How much JSON takes, in bytes, of what has a form of its own. */
const durationBytes = { min: 3, max: 32 };
const timeBytes = { min: 21, max: 32 };
const dateBytes = 12;
/** What stands around an array, an object, or a text; and of an entry of a map all but its value. */
const bracketBytes = 2;
const entryBytes = 6;
/** A character can take as many bytes. */
const characterBytesMax = 4;

/** Kubernetes takes the names in maps for empty when it estimates. */
const keySchema: StructuralSchema = { type: 'string', maxLength: 0 };
const nameSchema: StructuralSchema = { type: 'string' };
const metadataSchema: StructuralSchema = { type: 'object', properties: { name: nameSchema, generateName: nameSchema } };

type Members = ReadonlyMap<string, StructuralSchema>;

/** How large values can be by what their schemas say, and where these say nothing, by what a request can hold. */
export class SchemaSizes {
  readonly #members = new Map<StructuralSchema, Members>();
  readonly #bytesMin = new Map<StructuralSchema, number>();

  /**
   * Of what can be reached from `self`, whose schema this is.
   * @param root whether its objects have apiVersion, kind and metadata whatever the schema says
   */
  declared(schema: StructuralSchema, root: boolean): DeclaredSize {
    return (path) => {
      const found = this.#at(schema, root, path.slice(1));
      return found === undefined ? undefined : upTo(this.#sizeMax(found));
    };
  }

  /** How often a value can stand in one request when nothing but its own size bounds it. */
  occurrencesMax(schema: StructuralSchema, root: boolean): number {
    return Math.floor(bodyBytesMax / (this.#jsonBytesMin(schema, root) + 1));
  }

  #at(schema: StructuralSchema, root: boolean, [step, ...rest]: Path): StructuralSchema | undefined {
    if (step === undefined) return schema;
    const inner = this.#inner(schema, root, step);
    return inner === undefined ? undefined : this.#at(inner, isEmbedded(inner), rest);
  }

  #inner(schema: StructuralSchema, root: boolean, step: string): StructuralSchema | undefined {
    const values = additionalSchema(schema);
    if (step === '@items' || step === '@values') return schema.type === 'array' ? schema.items : values;
    if (step === '@keys') return values === undefined ? undefined : keySchema;
    return values === undefined ? this.#membersOf(schema, root).get(step) : undefined;
  }

  /** By the names that expressions have for them. */
  #membersOf(schema: StructuralSchema, root: boolean): Members {
    const known = this.#members.get(schema);
    if (known !== undefined) return known;
    const members = new Map<string, StructuralSchema>();
    for (const [name, member] of propertiesOf(schema, root)) {
      const escaped = escapedName(name);
      if (escaped !== undefined) members.set(escaped, member);
    }
    this.#members.set(schema, members);
    return members;
  }

  #sizeMax(schema: StructuralSchema): number {
    if (isIntOrString(schema)) return textMax(schema);
    if (schema.type === 'string') return stringMax(schema);
    const room = bodyBytesMax - bracketBytes;
    if (schema.type === 'array') {
      const { items, maxItems } = schema;
      return atLeastZero(maxItems) ?? (items === undefined ? 0 : Math.floor(room / (this.#valueBytesMin(items) + 1)));
    }
    const values = schema.type === 'object' ? additionalSchema(schema) : undefined;
    if (values === undefined) return 0;
    return atLeastZero(schema.maxProperties) ?? Math.floor(room / (this.#valueBytesMin(values) + entryBytes));
  }

  #valueBytesMin(schema: StructuralSchema): number {
    return this.#jsonBytesMin(schema, isEmbedded(schema));
  }

  /** How short a value can be in JSON. */
  #jsonBytesMin(schema: StructuralSchema, root: boolean): number {
    const { type, format } = schema;
    if (isIntOrString(schema) || type === 'number' || type === 'integer') return 1;
    if (type === 'boolean') return 'true'.length;
    if (type === 'object' && additionalSchema(schema) === undefined) return this.#objectBytesMin(schema, root);
    if (type !== 'string') return bracketBytes;
    if (format === 'duration') return durationBytes.min;
    return format === 'date' ? dateBytes : format === 'date-time' ? timeBytes.min : bracketBytes;
  }

  /** With the members that clients must send: each a name in quotes, a colon, its value, and a comma. */
  #objectBytesMin(schema: StructuralSchema, root: boolean): number {
    const known = this.#bytesMin.get(schema);
    if (known !== undefined) return known;
    const required = new Set(schema.required ?? []);
    const bytes = propertiesOf(schema, root).reduce((total, [name, member]) => {
      const sent = required.has(name) && member.default === undefined && (member.type !== undefined || isIntOrString(member));
      return sent ? total + Buffer.byteLength(name) + this.#valueBytesMin(member) + 4 : total;
    }, bracketBytes);
    this.#bytesMin.set(schema, bytes);
    return bytes;
  }
}

function propertiesOf(schema: StructuralSchema, root: boolean): readonly (readonly [string, StructuralSchema])[] {
  const given = schema.properties ?? {};
  return Object.entries(root ? { ...given, apiVersion: nameSchema, kind: nameSchema, metadata: metadataSchema } : given);
}

function isEmbedded(schema: StructuralSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}

function isIntOrString(schema: StructuralSchema): boolean {
  return schema['x-kubernetes-int-or-string'] === true;
}

function stringMax(schema: StructuralSchema): number {
  switch (schema.format) {
    case 'byte':
      return atLeastZero(schema.maxLength) ?? bodyBytesMax - bracketBytes;
    case 'duration':
      return durationBytes.max;
    case 'date':
      return dateBytes;
    case 'date-time':
      return timeBytes.max;
    default:
      return textMax(schema);
  }
}

function textMax({ maxLength, enum: values = [] }: StructuralSchema): number {
  const length = atLeastZero(maxLength);
  if (length !== undefined) return length * characterBytesMax;
  if (values.length === 0) return bodyBytesMax - bracketBytes;
  return values.reduce<number>((max, value) => (typeof value === 'string' ? Math.max(max, Buffer.byteLength(value)) : max), 0);
}

function atLeastZero(limit: number | undefined): number | undefined {
  return limit === undefined ? undefined : Math.max(0, limit);
}
