/**
 * A set of fields, in the form of FieldsV1: what a manager owns of an object.
 *
 * `{"f:spec":{"f:replicas":{}}}` holds `.spec.replicas`. A node without members stands for the field itself; one with members
 * stands for those, and for itself too when it has a `.`. The root is never a field: without members, the set is empty.
 * Sets are never changed, and share their parts: the stored managedFields are sets as they are, without parsing.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

type Members = Record<string, FieldSet>;

/** The member of a node that says that the node's own field belongs to the set. */
export const itself = '.';
/** A field of which nothing lies further down. */
export const leaf: FieldSet = Object.freeze({});
/** The empty set. */
export const noFields: FieldSet = Object.freeze({});

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether a node (not a root) stands for its own field. */
export function isMember(node: FieldSet): boolean {
  return node[itself] !== undefined || isEmptySet(node);
}

/** A node, or undefined when there is nothing in it. `children` is not copied. */
export function nodeOf(children: FieldSet, member: boolean): FieldSet | undefined {
  if (isEmptySet(children)) return member ? leaf : undefined;
  return member ? { [itself]: leaf, ...children } : children;
}

/** @returns `a` itself when it has all of `b` */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  let result: Members | undefined;
  for (const element in b) {
    const added = b[element];
    if (element === itself || added === undefined) continue;
    const present = a[element];
    const joined = present === undefined ? added : unionOfNodes(present, added);
    if (joined === present) continue;
    result ??= { ...a };
    result[element] = joined;
  }
  return result ?? a;
}

/** In halves, so that nothing is copied for each set anew. */
export function unionOf(sets: readonly FieldSet[]): FieldSet {
  if (sets.length <= 2) return union(sets[0] ?? noFields, sets[1] ?? noFields);
  const middle = sets.length >> 1;
  return union(unionOf(sets.slice(0, middle)), unionOf(sets.slice(middle)));
}

function unionOfNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  const children = union(a, b);
  const isPlain = children[itself] !== undefined || isEmptySet(children) || !(isMember(a) || isMember(b));
  return isPlain ? children : { [itself]: leaf, ...children };
}

/**
 * The fields of `a` that `b` does not have. What lies below a field of `b` stays.
 * @returns `a` itself when nothing goes
 */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return filtered(a, b, (ours, theirs) => {
    const children = difference(ours, theirs);
    const member = isMember(ours);
    const stays = member && !isMember(theirs);
    if (children === ours && stays === member) return ours;
    return nodeOf(withoutItself(children), stays);
  });
}

/** Like `difference`, but what lies below a field of `b` goes too. */
export function exclude(a: FieldSet, b: FieldSet): FieldSet {
  return filtered(a, b, (ours, theirs) => {
    if (isMember(theirs)) return undefined;
    const children = exclude(ours, theirs);
    return children === ours ? ours : nodeOf(withoutItself(children), isMember(ours));
  });
}

function filtered(a: FieldSet, b: FieldSet, keep: (ours: FieldSet, theirs: FieldSet) => FieldSet | undefined): FieldSet {
  let result: Members | undefined;
  for (const element in b) {
    const ours = a[element];
    const theirs = b[element];
    if (element === itself || ours === undefined || theirs === undefined) continue;
    const kept = keep(ours, theirs);
    if (kept === ours) continue;
    result ??= { ...a };
    if (kept === undefined) delete result[element];
    else result[element] = kept;
  }
  return result ?? a;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Members = {};
  for (const element in a) {
    const ours = a[element];
    const theirs = b[element];
    if (element === itself || ours === undefined || theirs === undefined) continue;
    const shared = nodeOf(intersection(ours, theirs), isMember(ours) && isMember(theirs));
    if (shared !== undefined) result[element] = shared;
  }
  return result;
}

/** Whether both hold the same fields, in whatever order. */
export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  let unmatched = 0;
  for (const element in a) {
    if (element === itself) continue;
    const [ours, theirs] = [a[element], b[element]];
    if (ours === undefined || theirs === undefined) return false;
    if (ours !== theirs && (isMember(ours) !== isMember(theirs) || !equalSets(ours, theirs))) return false;
    unmatched--;
  }
  for (const element in b) if (element !== itself) unmatched++;
  return unmatched === 0;
}

/** The paths of all fields, each as its elements, parents before what lies below them. */
export function* pathsOf(set: FieldSet, above: readonly string[] = []): Iterable<readonly string[]> {
  for (const element of Object.keys(set).sort()) {
    const node = set[element];
    if (element === itself || node === undefined) continue;
    const path = [...above, element];
    if (isMember(node)) yield path;
    yield* pathsOf(node, path);
  }
}

/** The set of one path, such as `['f:metadata', 'f:name']`. */
export function setOf(...paths: readonly (readonly string[])[]): FieldSet {
  return paths.reduce(
    (set: FieldSet, path) =>
      union(
        set,
        path.reduceRight((below: FieldSet, element) => ({ [element]: below }), leaf),
      ),
    noFields,
  );
}

function withoutItself(node: FieldSet): FieldSet {
  if (node[itself] === undefined) return node;
  const { [itself]: _, ...children } = node;
  return children;
}
