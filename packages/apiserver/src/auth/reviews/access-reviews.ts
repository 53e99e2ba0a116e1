import { isRecord, statusErrors } from '@flotilla/api';
import type { Attributes } from '../authorizers/authorizer.js';
import type { UserInfo } from '../user-info.js';
import { type Review, type ReviewContext, text, texts } from './review.js';

const group = 'authorization.k8s.io';

/** `kubectl auth can-i`: may I do this? */
export const selfSubjectAccessReview: Review = {
  group,
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  answer: (spec, context) => accessStatus(attributesOf(spec, context.user, ''), context),
};

/** May somebody else do this? */
export const subjectAccessReview: Review = {
  group,
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
  answer: (spec, context) => accessStatus(attributesOf(spec, subjectOf(spec), ''), context),
};

/** The same within one namespace, for those who may ask about that alone. */
export const localSubjectAccessReview: Review = {
  group,
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  namespaced: true,
  answer: (spec, context) => accessStatus(attributesOf(spec, subjectOf(spec), context.namespace), context),
};

/** `kubectl auth can-i --list`: everything that I may do in a namespace. */
export const selfSubjectRulesReview: Review = {
  group,
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  namespaced: false,
  async answer(spec, { user, authorizer }) {
    const namespace = text(spec['namespace']);
    if (namespace === '') throw statusErrors.badRequest('no namespace on request');
    const rules = authorizer.rulesFor(user, namespace);
    return {
      resourceRules: rules
        .filter((rule) => (rule.resources ?? []).length > 0)
        .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({
          verbs,
          apiGroups,
          resources,
          ...(resourceNames === undefined || resourceNames.length === 0 ? {} : { resourceNames }),
        })),
      nonResourceRules: rules
        .filter((rule) => (rule.nonResourceURLs ?? []).length > 0)
        .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
      incomplete: false,
    };
  },
};

function attributesOf(spec: Record<string, unknown>, user: UserInfo, localNamespace: string): Attributes {
  const resource = spec['resourceAttributes'];
  const nonResource = spec['nonResourceAttributes'];
  if (isRecord(resource) === isRecord(nonResource)) {
    throw statusErrors.badRequest('spec: exactly one of nonResourceAttributes or resourceAttributes must be specified');
  }
  const source: Record<string, unknown> = isRecord(resource) ? resource : isRecord(nonResource) ? nonResource : {};
  const namespace = text(source['namespace']);
  if (localNamespace !== '' && namespace !== localNamespace) {
    throw statusErrors.badRequest('spec.resourceAttributes.namespace: must match metadata.namespace');
  }
  return {
    user,
    isResourceRequest: isRecord(resource),
    verb: text(source['verb']),
    path: text(source['path']),
    apiGroup: text(source['group']),
    apiVersion: text(source['version']),
    resource: text(source['resource']),
    subresource: text(source['subresource']),
    namespace,
    name: text(source['name']),
    fieldSelector: '',
  };
}

function subjectOf(spec: Record<string, unknown>): UserInfo {
  const extra = isRecord(spec['extra']) ? spec['extra'] : {};
  const user = {
    username: text(spec['user']),
    uid: text(spec['uid']),
    groups: texts(spec['groups']),
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values)])),
  };
  if (user.username === '' && user.groups.length === 0) {
    throw statusErrors.badRequest('spec.user: at least one of user or group must be specified');
  }
  return user;
}

async function accessStatus(attributes: Attributes, { authorizer }: ReviewContext): Promise<object> {
  const { verdict, reason } = await authorizer.authorize(attributes);
  return {
    allowed: verdict === 'allow',
    ...(verdict === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
}
