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
import type { RegistryContext } from './registry-context.js';

/** Who owns what after a write: worked out from what it changes on this path, or already said by the draft's managedFields. */
export type Owners = { readonly subresource: string } | 'decided';

/** The rules of managedFields for requests on one path of a kind. */
export function ownershipOf({ catalogue, clock }: RegistryContext, definition: Definition, subresource: string): Ownership {
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
      return other === undefined ? undefined : otherVersion(definition, other);
    },
  };
}

function otherVersion(own: Definition, other: Definition): OtherVersion {
  return {
    schema: applySchemaOf(other),
    from: (object) => converted(own, other, object),
    back: (object) => converted(other, own, object),
  };
}

function converted(from: Definition, to: Definition, object: unknown): KubernetesObject {
  const stored = toStorage(from, object as KubernetesObject); // whole objects alone are compared
  return to.conversion === undefined ? stored : to.conversion.fromStorage(stored);
}

function toStorage({ conversion }: Definition, object: KubernetesObject): KubernetesObject {
  return conversion === undefined ? object : conversion.toStorage(object);
}

/** Writes to the draft of a new object that `manager` owns what is in it. */
export function ownCreated(
  context: RegistryContext,
  definition: Definition,
  draft: Draft<KubernetesObject>,
  manager: string,
): void {
  setOwners(draft, ownersAfterUpdate(ownershipOf(context, definition, ''), emptyObjectOf(definition), draft, manager));
}

/** Writes to the draft of a changed object that `manager` owns what it has changed. */
export function ownChanged(ownership: Ownership, draft: Draft<KubernetesObject>, old: KubernetesObject, manager: string): void {
  setOwners(draft, ownersAfterUpdate(ownership, old, draft, manager));
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
