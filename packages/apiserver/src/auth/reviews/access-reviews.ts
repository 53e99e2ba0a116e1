import { type FieldError, invalid, isRecord, required, statusErrors } from '@flotilla/api';
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
  answer: async (spec, context) => accessStatus(attributesOf('SelfSubjectAccessReview', spec, context.user), context),
};

/** May somebody else do this? */
export const subjectAccessReview: Review = {
  group,
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
  answer: async (spec, context) => accessStatus(attributesOf('SubjectAccessReview', spec, subjectOf(spec)), context),
};

/** The same within one namespace, for those who may ask about that alone. */
export const localSubjectAccessReview: Review = {
  group,
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  namespaced: true,
  answer: async (spec, context) =>
    accessStatus(attributesOf('LocalSubjectAccessReview', spec, subjectOf(spec), context.namespace), context),
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
    const { rules, incomplete, error } = authorizer.rulesFor(user, namespace);
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
      incomplete,
      ...(error === '' ? {} : { evaluationError: error }),
    };
  },
};

function attributesOf(kind: string, spec: Record<string, unknown>, user: UserInfo, localNamespace = ''): Attributes {
  const resource = isRecord(spec['resourceAttributes']) ? spec['resourceAttributes'] : undefined;
  const nonResource = isRecord(spec['nonResourceAttributes']) ? spec['nonResourceAttributes'] : undefined;
  const problems = problemsOf(resource, nonResource, localNamespace);
  if (kind !== 'SelfSubjectAccessReview' && user.username === '' && user.groups.length === 0) {
    problems.push(invalid('spec.user', '', 'at least one of user or group must be specified'));
  }
  if (problems.length > 0) throw statusErrors.invalid({ group, kind }, '', problems);
  const source: Record<string, unknown> = resource ?? nonResource ?? {};
  return {
    user,
    isResourceRequest: resource !== undefined,
    verb: text(source['verb']),
    path: text(source['path']),
    apiGroup: text(source['group']),
    apiVersion: text(source['version']),
    resource: text(source['resource']),
    subresource: text(source['subresource']),
    namespace: text(source['namespace']),
    name: text(source['name']),
    fieldSelector: fieldSelectorOf(source['fieldSelector']),
  };
}

function problemsOf(
  resource: Record<string, unknown> | undefined,
  nonResource: Record<string, unknown> | undefined,
  localNamespace: string,
): FieldError[] {
  if (localNamespace !== '' && nonResource !== undefined) {
    return [invalid('spec.nonResourceAttributes', nonResource, 'disallowed on this kind of request')];
  }
  if (resource !== undefined && nonResource !== undefined) {
    return [invalid('spec.nonResourceAttributes', nonResource, 'cannot be specified in combination with resourceAttributes')];
  }
  if (resource === undefined && nonResource === undefined) {
    return [required('spec.resourceAttributes', 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
  }
  if (localNamespace !== '' && text(resource?.['namespace']) !== localNamespace) {
    return [invalid('spec.resourceAttributes.namespace', text(resource?.['namespace']), 'must match metadata.namespace')];
  }
  return [];
}

/** As a URL would have it; what cannot be said there narrows nothing. */
function fieldSelectorOf(selector: unknown): string {
  if (!isRecord(selector)) return '';
  if (typeof selector['rawSelector'] === 'string') return selector['rawSelector'];
  const requirements = Array.isArray(selector['requirements']) ? selector['requirements'].filter(isRecord) : [];
  const terms = requirements.flatMap((requirement) => {
    const [value, ...more] = texts(requirement['values']);
    if (value === undefined || more.length > 0) return [];
    const operator = { In: '=', NotIn: '!=' }[text(requirement['operator'])];
    return operator === undefined ? [] : [`${text(requirement['key'])}${operator}${value}`];
  });
  return terms.join(',');
}

function subjectOf(spec: Record<string, unknown>): UserInfo {
  const extra = isRecord(spec['extra']) ? spec['extra'] : {};
  return {
    username: text(spec['user']),
    uid: text(spec['uid']),
    groups: texts(spec['groups']),
    extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, texts(values)])),
  };
}

async function accessStatus(attributes: Attributes, { authorizer }: ReviewContext): Promise<object> {
  const { verdict, reason } = await authorizer.authorize(attributes);
  return {
    allowed: verdict === 'allow',
    ...(verdict === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
  };
}
