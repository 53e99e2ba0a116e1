/**
 * The types of CEL. Objects have named fields, looked up when they are needed, because schemas may contain themselves; `param` is
 * the type parameter of an overload (`list(A)`), and `opaque` one that a library brings along, such as `optional_type(int)`.
 */
export type CelType =
  | { readonly kind: 'primitive'; readonly name: PrimitiveName }
  | ListType
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType }
  | ObjectType
  | { readonly kind: 'opaque'; readonly name: string; readonly parameters: readonly CelType[] }
  | { readonly kind: 'type'; readonly of: CelType }
  | { readonly kind: 'param'; readonly name: string };

export interface ListType {
  readonly kind: 'list';
  readonly element: CelType;
  /** From x-kubernetes-list-type: sets and maps are equal whatever their order, and adding merges. */
  readonly identity?: ListIdentity | undefined;
}

/** What makes two elements the same one: the whole element of a set, some fields of a list that is a map. */
export type ListIdentity = { readonly by: 'value' } | { readonly by: 'keys'; readonly keys: readonly string[] };

export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  field(name: string): ObjectField | undefined;
}

export interface ObjectField {
  readonly type: CelType;
  /** The member of the JSON object, when it is called otherwise than in CEL: `__namespace__` is `namespace`. */
  readonly property: string;
}

const primitiveNames = [
  'bool',
  'int',
  'uint',
  'double',
  'string',
  'bytes',
  'null',
  'timestamp',
  'duration',
  'dyn',
  'error',
] as const;

type PrimitiveName = (typeof primitiveNames)[number];

function primitive(name: PrimitiveName): CelType {
  return { kind: 'primitive', name };
}

/** Every type that needs no parameters, by its name in messages. `error` is the type of what has already been complained about. */
export const celTypes = {
  bool: primitive('bool'),
  int: primitive('int'),
  uint: primitive('uint'),
  double: primitive('double'),
  string: primitive('string'),
  bytes: primitive('bytes'),
  null: primitive('null'),
  timestamp: primitive('timestamp'),
  duration: primitive('duration'),
  dyn: primitive('dyn'),
  error: primitive('error'),
} as const;

export function listOf(element: CelType, identity?: ListIdentity): ListType {
  return { kind: 'list', element, identity };
}

export function mapOf(key: CelType, value: CelType): CelType {
  return { kind: 'map', key, value };
}

export function typeOf(of: CelType): CelType {
  return { kind: 'type', of };
}

export function opaqueType(name: string, parameters: readonly CelType[] = []): CelType {
  return { kind: 'opaque', name, parameters };
}

export function optionalOf(type: CelType): CelType {
  return opaqueType('optional_type', [type]);
}

/** An object type whose fields are known now. */
export function objectType(name: string, fields: Readonly<Record<string, CelType>>): ObjectType {
  const known = new Map(Object.entries(fields).map(([property, type]) => [property, { type, property }]));
  return { kind: 'object', name, field: (field) => known.get(field) };
}

/** As in cel-go's messages: `list(string)`, `map(string, int)`, `optional_type(int)`. */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case 'primitive':
      return type.name === 'error' ? '!error!' : type.name;
    case 'list':
      return `list(${typeText(type.element)})`;
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'opaque':
      return type.parameters.length === 0 ? type.name : `${type.name}(${type.parameters.map(typeText).join(', ')})`;
    case 'type':
      return `type(${typeText(type.of)})`;
    default:
      return type.name;
  }
}

/** The name that the type has as a value, in `type(x) == google.protobuf.Timestamp`. */
export function runtimeName(type: CelType): string {
  if (type.kind === 'list' || type.kind === 'map' || type.kind === 'type') return type.kind;
  if (type.kind !== 'primitive') return type.name;
  const long: Partial<Record<PrimitiveName, string>> = {
    null: 'null_type',
    timestamp: 'google.protobuf.Timestamp',
    duration: 'google.protobuf.Duration',
  };
  return long[type.name] ?? type.name;
}

export function isDyn(type: CelType): boolean {
  return type.kind === 'primitive' && (type.name === 'dyn' || type.name === 'error');
}

/** Reads what `typeText` writes; single capital letters are parameters. @throws SyntaxError */
export function parseTypeText(text: string): CelType {
  const open = text.indexOf('(');
  const name = (open < 0 ? text : text.slice(0, open)).trim();
  const parameters = open < 0 ? [] : splitTypes(text.slice(open + 1, text.lastIndexOf(')'))).map(parseTypeText);
  const [first = celTypes.dyn, second = celTypes.dyn] = parameters;
  if (name === 'list') return listOf(first);
  if (name === 'map') return mapOf(first, second);
  if (name === 'type') return typeOf(first);
  if (/^[A-Z]$/.test(name)) return { kind: 'param', name };
  const known = primitiveNames.find((candidate) => candidate === name);
  if (known !== undefined) return celTypes[known];
  if (name === '') throw new SyntaxError(`no type in ${JSON.stringify(text)}`);
  return opaqueType(name, parameters);
}

/** Splits at the commas that no parenthesis encloses. */
export function splitTypes(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')') depth--;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  const last = text.slice(start);
  return last.trim() === '' ? parts : [...parts, last];
}
