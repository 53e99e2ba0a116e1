/**
 * The fields of one of Kubernetes' internal types, by their names in Go and in their order, each with what is shown of it
 * when it is absent; those of a struct within stand in place of it.
 */
export interface GoShape {
  readonly [name: string]: '' | null | GoShape;
}

/** What a message of Kubernetes shows of a value: its internal types have no names of their own for JSON. */
export function goForm(value: unknown, shape: GoShape[string]): unknown {
  if (value === undefined) return shape === '' ? '' : null;
  if (shape === null || shape === '') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => goForm(item, shape));
  const member = (name: string): unknown => Reflect.get(Object(value), jsonName(name));
  return Object.fromEntries(Object.entries(shape).map(([name, inner]) => [name, goForm(member(name), inner)]));
}

/** `SELinuxOptions` is `seLinuxOptions`, `IP` is `ip`. */
function jsonName(name: string): string {
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z]|$)|[A-Z])/, (capitals) => capitals.toLowerCase());
}
