import { atomicMaps, atomicStructs, granularStructs, keyDefaults, listRule } from '../schema/list-rules.js';
import { modelSchema, type Schema } from '../schema/schema.js';
import {
  type ApplySchema,
  atomicUntyped,
  type ListSchema,
  type MapSchema,
  type ScalarSchema,
  untypedScalar,
} from './apply-schema.js';

const known = new Map<string, MapSchema>();

/** How objects of one of our models are applied. Made field by field, as somebody looks at it, and once. */
export function modelApplySchema(model: string): MapSchema {
  let schema = known.get(model);
  if (schema === undefined) {
    schema = new StructOfModel(model, atomicStructs.has(model));
    known.set(model, schema);
  }
  return schema;
}

class StructOfModel implements MapSchema {
  readonly kind = 'map';
  readonly atomic: boolean;
  readonly items = undefined;
  readonly #model: string;
  readonly #fields = new Map<string, ApplySchema | undefined>();

  constructor(model: string, atomic: boolean) {
    this.#model = model;
    this.atomic = atomic;
  }

  field(name: string): ApplySchema | undefined {
    const found = this.#fields.get(name);
    if (found !== undefined) return found;
    const type = modelSchema(this.#model).fields.get(name);
    if (type === undefined) return undefined;
    const made = schemaOf(type, this.#model, name);
    this.#fields.set(name, made);
    return made;
  }
}

function schemaOf(type: Schema, model: string, name: string): ApplySchema {
  switch (type.type) {
    case 'ref':
      return granularStructs.has(`${model}.${name}`) ? new StructOfModel(type.model, false) : modelApplySchema(type.model);
    case 'list':
      return listSchema(type.of, model, name);
    case 'map': {
      const items = schemaOf(type.of, model, name);
      return { kind: 'map', atomic: atomicMaps.has(`${model}.${name}`), field: () => undefined, items };
    }
    default:
      return scalarSchemas[type.type] ?? untypedScalar;
  }
}

function listSchema(of: Schema, model: string, name: string): ListSchema {
  const rule = listRule(model, name);
  const items = schemaOf(of, model, name);
  const defaults = of.type === 'ref' ? (keyDefaults[of.model] ?? {}) : {};
  return { kind: 'list', listType: rule?.listType ?? 'atomic', keys: rule?.listMapKeys ?? [], keyDefaults: defaults, items };
}

const text: ScalarSchema = { kind: 'scalar', type: 'string' };
const number: ScalarSchema = { kind: 'scalar', type: 'numeric' };

/** Those that are not here may be of several types. */
const scalarSchemas: Readonly<Partial<Record<string, ApplySchema>>> = {
  string: text,
  bytes: text,
  int32: number,
  int64: number,
  double: number,
  boolean: { kind: 'scalar', type: 'boolean' },
  any: atomicUntyped,
};
