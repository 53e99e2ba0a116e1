import { type Definition, equalJson, type OwnerReference, parseApiVersion } from '@flotilla/api';
import type { Attributes, Authorizer } from '../../../auth/authorizers/authorizer.js';
import type { AdmissionPlugin, AdmissionReads, AdmissionRequest } from '../../admission.js';
import { refused } from '../refusal.js';

/**
 * Who changes the owners of an object could as well delete it, so they must be allowed to; and who makes an owner wait
 * for the object must be allowed to set the owner's finalizers.
 */
export function ownerReferencesPermissionEnforcement(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: ({ operation, definition, subresource }) =>
      (operation === 'CREATE' || operation === 'UPDATE') && !(definition.storagePath === 'pods' && subresource === 'status'),

    async validate(request, reads) {
      const owners = ownersOf(request.object);
      const before = ownersOf(request.old);
      if (equalJson(owners, before)) return;
      if (request.operation === 'UPDATE') {
        const { definition, namespace, name, subresource } = request;
        const reason = await denial(authorizer, request, { definition, namespace, name, subresource, verb: 'delete' });
        if (reason !== undefined) {
          throw refused(request, `cannot set an ownerRef on a resource you can't delete: ${reason}, <nil>`);
        }
      }
      for (const owner of newBlocking(owners, before)) await checkBlocking(authorizer, request, reads, owner);
    },
  };
}

function ownersOf(object: AdmissionRequest['object'] | AdmissionRequest['old']): readonly OwnerReference[] {
  return (object?.metadata?.ownerReferences ?? []) as readonly OwnerReference[]; // validated by now
}

/** References that make their owner wait, and did not before. */
function newBlocking(owners: readonly OwnerReference[], before: readonly OwnerReference[]): readonly OwnerReference[] {
  const blocked = new Set(before.filter(isBlocking).map(({ uid }) => uid));
  return owners.filter((owner) => isBlocking(owner) && !blocked.has(owner.uid));
}

function isBlocking({ blockOwnerDeletion }: OwnerReference): boolean {
  return blockOwnerDeletion === true;
}

async function checkBlocking(
  authorizer: Authorizer,
  request: AdmissionRequest,
  { catalogue }: AdmissionReads,
  { apiVersion, kind, name }: OwnerReference,
): Promise<void> {
  const definition = catalogue.ofKind({ ...parseApiVersion(apiVersion), kind });
  if (definition === undefined) {
    const where = `for APIVersion ${apiVersion} Kind ${kind}`;
    throw refused(request, `cannot set blockOwnerDeletion in this case because cannot find RESTMapping ${where}`);
  }
  const namespace = definition.namespaced ? request.namespace : '';
  const target = { definition, namespace, name, subresource: 'finalizers', verb: 'update' };
  const reason = await denial(authorizer, request, target);
  if (reason === undefined) return;
  const what = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
  throw refused(request, `${what}: ${reason}, <nil>`);
}

interface Target extends Pick<Attributes, 'namespace' | 'name' | 'subresource' | 'verb'> {
  readonly definition: Definition;
}

/** @returns undefined when the user may, else why not */
async function denial(
  authorizer: Authorizer,
  { user }: AdmissionRequest,
  { definition, ...target }: Target,
): Promise<string | undefined> {
  const { group: apiGroup, version: apiVersion, plural: resource } = definition;
  const attributes = { ...target, user, apiGroup, apiVersion, resource, isResourceRequest: true, path: '', fieldSelector: '' };
  const { verdict, reason } = await authorizer.authorize(attributes);
  return verdict === 'allow' ? undefined : reason;
}
