/**
 * An object as Kubernetes prints it in an error, where its own Go struct has no names for JSON: every member that the
 * struct has, in its order and with a capital letter.
 * @param zeros the struct's members, each with what stands there when it is absent: null for pointers and lists
 */
export function goStruct(value: object, zeros: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given: Readonly<Record<string, unknown>> = { ...value };
  return Object.fromEntries(Object.entries(zeros).map(([name, zero]) => [name, given[memberOf(name)] ?? zero]));
}

/** `NodeID` is `nodeID`, and `APIGroup` is `apiGroup`. */
function memberOf(goName: string): string {
  return goName.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (letters) => letters.toLowerCase());
}
