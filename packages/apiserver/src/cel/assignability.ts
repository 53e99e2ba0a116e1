import { type CelType, celTypes, isDyn, listOf, mapOf, opaqueType, typeOf } from './types.js';

/** What the type parameters met so far stand for. */
export class Substitution {
  #bound = new Map<string, CelType>();
  #fresh = 0;

  /** A copy of the types whose parameters are nobody else's. */
  instantiate(types: readonly CelType[]): readonly CelType[] {
    const suffix = `#${this.#fresh++}`;
    return types.map((type) => renamed(type, suffix));
  }

  newParameter(): CelType {
    return { kind: 'param', name: `_#${this.#fresh++}` };
  }

  /** Whether values of `from` can stand where `to` is wanted; parameters are bound when, and only when, they can. */
  assign(to: readonly CelType[], from: readonly CelType[]): boolean {
    const before = new Map(this.#bound);
    if (to.length === from.length && to.every((type, i) => this.#assignable(type, from[i] ?? celTypes.error))) return true;
    this.#bound = before;
    return false;
  }

  /** The type with every bound parameter replaced. @param unbound what stands for the others; default: themselves */
  resolve(type: CelType, unbound?: CelType): CelType {
    if (type.kind === 'param') {
      const bound = this.#bound.get(type.name);
      return bound === undefined ? (unbound ?? type) : this.resolve(bound, unbound);
    }
    return mapParameters(type, (inner) => this.resolve(inner, unbound));
  }

  /** The type that both fit, where one of them is more general than the other. */
  join(a: CelType, b: CelType): CelType | undefined {
    if (isDyn(this.resolve(a))) return a;
    if (this.assign([b], [a]) && isDyn(this.resolve(b))) return b;
    return this.assign([a], [b]) ? a : undefined;
  }

  #assignable(to: CelType, from: CelType): boolean {
    if (from.kind === 'param') return this.#bind(from.name, to);
    if (to.kind === 'param') return this.#bind(to.name, from);
    if (isDyn(to) || isDyn(from)) return true;
    if (isNull(from)) return acceptsNull(to);
    if (isNull(to)) return acceptsNull(from);
    if (to.kind !== from.kind) return false;
    if (to.kind === 'type') return true;
    if ('name' in to && 'name' in from && to.name !== from.name) return false;
    const wanted = parametersOf(to);
    const given = parametersOf(from);
    return wanted.length === given.length && wanted.every((type, i) => this.#assignable(type, given[i] ?? celTypes.error));
  }

  #bind(name: string, type: CelType): boolean {
    const resolved = this.resolve(type);
    if (resolved.kind === 'param' && resolved.name === name) return true;
    const bound = this.#bound.get(name);
    if (bound !== undefined) {
      if (!this.#assignable(bound, resolved)) return false;
      if (isDyn(resolved)) this.#bound.set(name, resolved);
      return true;
    }
    if (mentions(resolved, name)) return false;
    this.#bound.set(name, resolved);
    return true;
  }
}

function isNull(type: CelType): boolean {
  return type.kind === 'primitive' && type.name === 'null';
}

function acceptsNull(type: CelType): boolean {
  if (type.kind === 'primitive') return type.name === 'null' || type.name === 'timestamp' || type.name === 'duration';
  return type.kind === 'object' || type.kind === 'opaque';
}

function parametersOf(type: CelType): readonly CelType[] {
  switch (type.kind) {
    case 'list':
      return [type.element];
    case 'map':
      return [type.key, type.value];
    case 'opaque':
      return type.parameters;
    case 'type':
      return [type.of];
    default:
      return [];
  }
}

function mapParameters(type: CelType, change: (inner: CelType) => CelType): CelType {
  switch (type.kind) {
    case 'list':
      return listOf(change(type.element), type.identity);
    case 'map':
      return mapOf(change(type.key), change(type.value));
    case 'opaque':
      return type.parameters.length === 0 ? type : opaqueType(type.name, type.parameters.map(change));
    case 'type':
      return typeOf(change(type.of));
    default:
      return type;
  }
}

function renamed(type: CelType, suffix: string): CelType {
  return type.kind === 'param'
    ? { kind: 'param', name: type.name + suffix }
    : mapParameters(type, (inner) => renamed(inner, suffix));
}

function mentions(type: CelType, name: string): boolean {
  return type.kind === 'param' ? type.name === name : parametersOf(type).some((inner) => mentions(inner, name));
}
