import type { Definition, Subresource, Verb } from '../definition.js';
import type { KubernetesObject } from '../objects.js';
import { dns1123SubdomainProblems, maskTrailingDash } from '../validation/names.js';

const allVerbs: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

type Derived = 'listKind' | 'singular' | 'shortNames' | 'categories' | 'verbs' | 'model' | 'storagePath' | 'conversion';
type Optional =
  | 'subresources'
  | 'scale'
  | 'generation'
  | 'selectableFields'
  | 'nameProblems'
  | 'allowUnconditionalUpdate'
  | 'allowCreateOnUpdate';

type Given<T extends KubernetesObject> = Omit<Definition<T>, Derived | Optional> &
  Partial<Pick<Definition<T>, Derived | Optional>>;

/** A definition from what is particular to its kind; the rest is what most kinds have. */
export function define<T extends KubernetesObject>(given: Given<T>): Definition<T> {
  return {
    listKind: `${given.kind}List`,
    singular: given.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    model: given.kind,
    storagePath: given.plural,
    conversion: undefined,
    subresources: [],
    scale: undefined,
    generation: false,
    allowUnconditionalUpdate: true,
    allowCreateOnUpdate: false,
    nameProblems: subdomainName,
    ...given,
    selectableFields: {
      'metadata.name': (object: T) => object.metadata.name ?? '',
      ...(given.namespaced ? { 'metadata.namespace': (object: T) => object.metadata.namespace ?? '' } : {}),
      ...given.selectableFields,
    },
  };
}

/** The status subresource of a kind: the same object, of which only the status is written. */
export function statusOf(group: string, version: string, kind: string): Subresource {
  return { name: 'status', group, version, kind, verbs: ['get', 'patch', 'update'] };
}

export function scaleOf(group = 'autoscaling', version = 'v1'): Subresource {
  return { name: 'scale', group, version, kind: 'Scale', verbs: ['get', 'patch', 'update'] };
}

function subdomainName(name: string, prefix: boolean): readonly string[] {
  return dns1123SubdomainProblems(prefix ? maskTrailingDash(name) : name);
}
