/**
 * The members of one of Kubernetes' internal types, by their names in Go and in their order, each with what is shown of it when it is absent:
 * null for pointers, maps and lists. The members of a struct within stand in place of it.
 */
export interface GoShape {
  readonly [name: string]: '' | 0 | null | GoShape;
}

/** What a message of Kubernetes shows of a value: its internal types have no names of their own for JSON. */
export function goForm(value: unknown, shape: GoShape[string]): unknown {
  const isStruct = typeof shape === 'object' && shape !== null;
  if (value === undefined) return isStruct ? null : shape;
  if (!isStruct) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => goForm(item, shape));
  const member = (name: string): unknown => Reflect.get(Object(value), jsonName(name));
  return Object.fromEntries(Object.entries(shape).map(([name, inner]) => [name, goForm(member(name), inner)]));
}

/** `SELinuxOptions` is `seLinuxOptions`, `IP` is `ip`. */
function jsonName(name: string): string {
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z]|$)|[A-Z])/, (capitals) => capitals.toLowerCase());
}
