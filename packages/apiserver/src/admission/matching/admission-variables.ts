import type { Definition, KubernetesObject } from '@flotilla/api';
import type { Activation } from '../../cel/frame.js';
import { adapt } from '../../cel/json-values.js';
import { CelAuthorizer, CelResourceCheck } from '../../cel/libraries/authorizer.js';
import { libraryTypes } from '../../cel/libraries/opaque-types.js';
import { type CelType, celTypes, listOf, mapOf, objectType } from '../../cel/types.js';
import type { Value } from '../../cel/values.js';
import type { AdmissionRequest } from '../admission.js';
import type { AccessMemo } from './access-memo.js';
import { reviewRequest, type ShownObjects } from './review-request.js';

const { string, bool, dyn, int, timestamp } = celTypes;

const gvk = objectType('kubernetes.GroupVersionKind', { group: string, version: string, kind: string });
const gvr = objectType('kubernetes.GroupVersionResource', { group: string, version: string, resource: string });
const userInfo = objectType('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: listOf(string),
  extra: mapOf(string, listOf(string)),
});
const requestType = objectType('kubernetes.AdmissionRequest', {
  kind: gvk,
  resource: gvr,
  subResource: string,
  requestKind: gvk,
  requestResource: gvr,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo,
  dryRun: bool,
  options: dyn,
});
const condition = objectType('kubernetes.NamespaceCondition', {
  status: string,
  type: string,
  lastTransitionTime: timestamp,
  message: string,
  reason: string,
});
const namespaceType = objectType('kubernetes.Namespace', {
  metadata: objectType('kubernetes.NamespaceMetadata', {
    name: string,
    generateName: string,
    namespace: string,
    labels: mapOf(string, string),
    annotations: mapOf(string, string),
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: listOf(string),
  }),
  spec: objectType('kubernetes.NamespaceSpec', { finalizers: listOf(string) }),
  status: objectType('kubernetes.NamespaceStatus', { conditions: listOf(condition), phase: string }),
});

/** What an expression about a request may name. Types of the object and the parameters are known to type checking alone. */
export function admissionVariables(options: {
  readonly object?: CelType | undefined;
  readonly params?: CelType | undefined;
  readonly authorizer: boolean;
}): ReadonlyMap<string, CelType> {
  const { object = dyn, params, authorizer } = options;
  return new Map<string, CelType>([
    ['object', object],
    ['oldObject', object],
    ['request', requestType],
    ['namespaceObject', namespaceType],
    ...(params === undefined ? [] : [['params', params] as const]),
    ...(authorizer
      ? ([
          ['authorizer', libraryTypes.authorizer],
          ['authorizer.requestResource', libraryTypes.resourceCheck],
        ] as const)
      : []),
  ]);
}

/** Where the variables' values come from, for one request. Each is made when an expression first asks for it. */
export function admissionActivation(
  request: AdmissionRequest,
  shown: Definition,
  objects: ShownObjects,
  memo: AccessMemo,
  more: { readonly namespace?: KubernetesObject | undefined; readonly params?: KubernetesObject | undefined } = {},
): Activation {
  const known = new Map<string, Value>();
  const make: Readonly<Record<string, () => Value>> = {
    object: () => adapt(objects.object, dyn),
    oldObject: () => adapt(objects.oldObject, dyn),
    request: () => adapt(reviewRequest(request, shown), requestType),
    namespaceObject: () => adapt(more.namespace, namespaceType),
    params: () => adapt(more.params, dyn),
    authorizer: () => new CelAuthorizer(memo.check),
    'authorizer.requestResource': () => ownResource(request, memo),
  };
  return (name) => {
    if (!known.has(name) && Object.hasOwn(make, name)) known.set(name, make[name]?.() ?? null);
    return known.get(name);
  };
}

function ownResource({ definition, subresource, namespace, name }: AdmissionRequest, memo: AccessMemo): Value {
  const target = { group: definition.group, resource: definition.plural, subresource, namespace, name };
  return new CelResourceCheck(new CelAuthorizer(memo.check), { ...target, fieldSelector: '', labelSelector: '' });
}
