import {
  apiVersionOf,
  applySchemaOf,
  type Definition,
  type Draft,
  emptyObjectOf,
  equalJson,
  type KubernetesObject,
  type OtherVersion,
  type Ownership,
  ownersAfterUpdate,
  resetFieldsOf,
  sameOwners,
  timeText,
} from '@flotilla/api';
import { convertLocally, convertObject } from './convert.js';
import type { RegistryContext } from './registry-context.js';

/** Who owns what after a write: worked out from what it changes on this path, or already said by the draft's managedFields. */
export type Owners = { readonly subresource: string } | 'decided';

type Convert = (object: KubernetesObject, from: Definition, to: Definition) => KubernetesObject;

/**
 * What `work` makes of the owners of an object's fields, for a request on one path of a kind. Owners that used another version are looked at
 * in that version; where somebody else converts, `work` runs again with what it lacked: it has to be pure.
 * @throws StatusError, also when an object cannot be converted
 */
export async function owning<Result>(
  context: RegistryContext,
  definition: Definition,
  subresource: string,
  work: (ownership: Ownership) => Result,
): Promise<Result> {
  const known = new Map<string, KubernetesObject>();
  const convert: Convert = (object, from, to) => {
    const wanted = new ConversionWanted(object, from, to);
    const found = known.get(wanted.key);
    if (found === undefined) throw wanted;
    return found;
  };
  for (;;) {
    try {
      return work(ownershipOf(context, definition, subresource, isRemote(definition) ? convert : convertLocally));
    } catch (error) {
      if (!(error instanceof ConversionWanted)) throw error;
      known.set(error.key, await convertObject(error.object, error.from, error.to));
    }
  }
}

/** Not for clients: what `owning` has to have converted before it goes on. */
class ConversionWanted extends Error {
  readonly object: KubernetesObject;
  readonly from: Definition;
  readonly to: Definition;
  readonly key: string;

  constructor(object: KubernetesObject, from: Definition, to: Definition) {
    super('an object has to be converted first');
    this.object = object;
    this.from = from;
    this.to = to;
    this.key = `${from.version} ${to.version} ${JSON.stringify(object)}`;
  }
}

function isRemote({ conversion }: Definition): boolean {
  return conversion !== undefined && 'remote' in conversion;
}

function ownershipOf(
  { catalogue, clock }: RegistryContext,
  definition: Definition,
  subresource: string,
  convert: Convert,
): Ownership {
  return {
    apiVersion: apiVersionOf(definition),
    schema: applySchemaOf(definition),
    subresource,
    reset: resetFieldsOf(definition, subresource),
    now: timeText(clock.wallMs()),
    version(apiVersion) {
      const other = catalogue.definitions.find(
        (candidate) => candidate.storagePath === definition.storagePath && apiVersionOf(candidate) === apiVersion,
      );
      return other === undefined ? undefined : otherVersion(definition, other, convert);
    },
  };
}

function otherVersion(own: Definition, other: Definition, convert: Convert): OtherVersion {
  return {
    schema: applySchemaOf(other),
    // Whole objects alone are compared.
    from: (object) => convert(object as KubernetesObject, own, other),
    back: (object) => convert(object as KubernetesObject, other, own),
  };
}

/** Writes to the draft of a new object that `manager` owns what is in it. */
export async function ownCreated(
  context: RegistryContext,
  definition: Definition,
  draft: Draft<KubernetesObject>,
  manager: string,
): Promise<void> {
  const nothing = emptyObjectOf(definition);
  setOwners(draft, await owning(context, definition, '', (ownership) => ownersAfterUpdate(ownership, nothing, draft, manager)));
}

/** Writes to the draft of an object, changed on the path of `subresource`, that `manager` owns what it has changed. */
export async function ownChanged(
  context: RegistryContext,
  definition: Definition,
  subresource: string,
  change: { readonly draft: Draft<KubernetesObject>; readonly old: KubernetesObject; readonly manager: string },
): Promise<void> {
  const { draft, old, manager } = change;
  setOwners(
    draft,
    await owning(context, definition, subresource, (ownership) => ownersAfterUpdate(ownership, old, draft, manager)),
  );
}

export function setOwners(draft: Draft<KubernetesObject>, managedFields: ReturnType<typeof ownersAfterUpdate>): void {
  const meta = draft.metadata ?? {};
  draft.metadata = meta;
  if (managedFields === undefined) delete meta.managedFields;
  else meta.managedFields = managedFields as NonNullable<typeof meta.managedFields>; // sets are shared, and nobody writes to them
}

/** Whether a write would change nothing, or nothing but since when somebody owns something. */
export function changesNothing(draft: Draft<KubernetesObject>, old: KubernetesObject): boolean {
  if (!equalJson(withoutBookkeeping(draft), withoutBookkeeping(old))) return false;
  const owners = draft.metadata?.managedFields as KubernetesObject['metadata']['managedFields']; // just set
  return sameOwners(owners, old.metadata.managedFields);
}

function withoutBookkeeping(object: Draft<KubernetesObject> | KubernetesObject): object {
  const { managedFields: _owners, resourceVersion: _revision, selfLink: _link, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}
