import type { Definition, RuleWithOperations } from '@flotilla/api';
import type { AdmissionRequest } from '../admission.js';

/** A rule of a webhook or a policy; those of policies may name objects. */
export interface MatchRule extends RuleWithOperations {
  readonly resourceNames?: readonly string[];
}

/**
 * Whether a rule is about the request.
 * @returns the definition under which the rule knows the resource: the request's own, or under `Equivalent` another version of it
 */
export function matchRules(
  rules: readonly MatchRule[],
  request: AdmissionRequest,
  definitions: readonly Definition[],
  matchPolicy: string | undefined,
): Definition | undefined {
  const { definition } = request;
  if (rules.some((rule) => matches(rule, request, definition))) return definition;
  if (matchPolicy !== 'Equivalent') return undefined;
  const equivalents = definitions.filter((other) => other !== definition && other.storagePath === definition.storagePath);
  for (const rule of rules) {
    const equivalent = equivalents.find((other) => matches(rule, request, other));
    if (equivalent !== undefined) return equivalent;
  }
  return undefined;
}

function matches(rule: MatchRule, request: AdmissionRequest, definition: Definition): boolean {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], resourceNames = [] } = rule;
  return (
    inScope(rule.scope, definition) &&
    has(operations, request.operation) &&
    has(apiGroups, definition.group) &&
    has(apiVersions, definition.version) &&
    resources.some((resource) => isResource(resource, definition.plural, request.subresource)) &&
    (resourceNames.length === 0 || resourceNames.includes(request.name))
  );
}

function has(items: readonly string[], wanted: string): boolean {
  return items.includes('*') || items.includes(wanted);
}

function inScope(scope: string | undefined, { namespaced }: Definition): boolean {
  if (scope === 'Namespaced') return namespaced;
  return scope === 'Cluster' ? !namespaced : true;
}

/** `pods`, `pods/status`, `pods/*`, `*`, `*` + `/status`. */
function isResource(text: string, plural: string, subresource: string): boolean {
  const slash = text.indexOf('/');
  const resource = slash < 0 ? text : text.slice(0, slash);
  const sub = slash < 0 ? '' : text.slice(slash + 1);
  return (resource === '*' || resource === plural) && (sub === '*' || sub === subresource);
}

/** Webhooks and policies do not guard themselves: a mistake in one could not be taken back. */
export function isExempt({ definition }: AdmissionRequest): boolean {
  return definition.group === 'admissionregistration.k8s.io';
}
