import type { FlowSchema } from '@flotilla/api';
import { serviceAccountUserPrefix, type UserInfo } from '../auth/user-info.js';
import type { RequestInfo } from '../http/request-info.js';

type Rule = NonNullable<FlowSchema['spec']['rules']>[number];

/** Those that come first are asked first. */
export function inPrecedence(schemas: Iterable<FlowSchema>): readonly FlowSchema[] {
  const precedence = ({ spec }: FlowSchema) => spec.matchingPrecedence ?? 0;
  const name = ({ metadata }: FlowSchema) => metadata.name ?? '';
  return [...schemas].sort((a, b) => precedence(a) - precedence(b) || (name(a) < name(b) ? -1 : 1));
}

export function schemaMatches(schema: FlowSchema, user: UserInfo, info: RequestInfo): boolean {
  return (schema.spec.rules ?? []).some(
    (rule) => rule.subjects.some((subject) => subjectMatches(subject, user)) && requestMatches(rule, info),
  );
}

/** What tells the flows of a schema apart; empty: it has one flow. */
export function distinguisher({ spec }: FlowSchema, user: UserInfo, info: RequestInfo): string {
  switch (spec.distinguisherMethod?.type) {
    case 'ByUser':
      return user.username;
    case 'ByNamespace':
      return info.namespace;
    default:
      return '';
  }
}

function subjectMatches({ kind, user: named, group, serviceAccount }: Rule['subjects'][number], user: UserInfo): boolean {
  if (kind === 'User') return named?.name === '*' || named?.name === user.username;
  if (kind === 'Group') return group?.name === '*' || user.groups.includes(group?.name ?? '');
  const prefix = `${serviceAccountUserPrefix}${serviceAccount?.namespace ?? ''}:`;
  if (!user.username.startsWith(prefix)) return false;
  return serviceAccount?.name === '*' || user.username.slice(prefix.length) === serviceAccount?.name;
}

function requestMatches({ resourceRules = [], nonResourceRules = [] }: Rule, info: RequestInfo): boolean {
  const hasOrAll = (allowed: readonly string[], wanted: string) => allowed.includes('*') || allowed.includes(wanted);
  if (!info.isResourceRequest) {
    return nonResourceRules.some(
      ({ verbs, nonResourceURLs }) => hasOrAll(verbs, info.verb) && nonResourceURLs.some((path) => pathMatches(path, info.path)),
    );
  }
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`;
  return resourceRules.some(
    ({ verbs, apiGroups, resources, namespaces = [], clusterScope = false }) =>
      hasOrAll(verbs, info.verb) &&
      hasOrAll(apiGroups, info.apiGroup) &&
      hasOrAll(resources, resource) &&
      (info.namespace === '' ? clusterScope : hasOrAll(namespaces, info.namespace)),
  );
}

function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('/*') && path.startsWith(pattern.slice(0, -1));
}
