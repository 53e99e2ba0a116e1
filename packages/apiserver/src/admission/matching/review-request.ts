import type { Definition, KubernetesObject } from '@flotilla/api';
import { convertObject } from '../../registry/convert.js';
import type { AdmissionRequest } from '../admission.js';

/** The part of `admission.k8s.io/v1` AdmissionRequest that webhooks and expressions both see. */
export interface ReviewRequest {
  readonly kind: Kind;
  readonly resource: ReviewResource;
  readonly subResource?: string;
  readonly requestKind: Kind;
  readonly requestResource: ReviewResource;
  readonly requestSubResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly userInfo: object;
  readonly dryRun: boolean;
  readonly options: object | null;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface ReviewResource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** @param shown the version in which the object is looked at; the request's own, or an equivalent one */
export function reviewRequest(request: AdmissionRequest, shown: Definition): ReviewRequest {
  const { definition, subresource, name, operation, user, dryRun } = request;
  const namespace = definition.storagePath === 'namespaces' ? name : request.namespace;
  return {
    kind: kindOfRequest(request, shown),
    resource: resourceOf(shown),
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kindOfRequest(request, definition),
    requestResource: resourceOf(definition),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: {
      username: user.username,
      ...(user.uid === '' ? {} : { uid: user.uid }),
      groups: user.groups,
      ...(Object.keys(user.extra).length === 0 ? {} : { extra: user.extra }),
    },
    dryRun,
    options: request.options ?? null,
  };
}

/** The object as it will be and as it was, each in the version asked for; null where there is none. */
export interface ShownObjects {
  readonly object: KubernetesObject | null;
  readonly oldObject: KubernetesObject | null;
}

/** @throws StatusError when an object cannot be converted */
export async function shownObjects(request: AdmissionRequest, shown: Definition): Promise<ShownObjects> {
  const show = async (object: KubernetesObject | undefined) =>
    object === undefined ? null : request.kind === undefined ? convertObject(object, request.definition, shown) : object;
  const [object, oldObject] = await Promise.all([show(request.object as KubernetesObject | undefined), show(request.old)]); // complete enough to be shown
  return { object, oldObject };
}

function kindOfRequest({ kind }: AdmissionRequest, definition: Definition): Kind {
  const { group, version, kind: name } = kind ?? definition;
  return { group, version, kind: name };
}

function resourceOf({ group, version, plural }: Definition): ReviewResource {
  return { group, version, resource: plural };
}
