import type { Attributes, PolicyRule } from '../authorizer.js';

/** Whether one rule covers the request (RBAC reference, "Referring to resources"). */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!hasOrAll(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResourceRequest) return pathMatches(rule.nonResourceURLs, attributes.path);
  return (
    hasOrAll(rule.apiGroups, attributes.apiGroup) &&
    resourceMatches(rule.resources, attributes.resource, attributes.subresource) &&
    nameMatches(rule.resourceNames, attributes.name)
  );
}

export function hasOrAll(allowed: readonly string[] | undefined, wanted: string): boolean {
  return allowed !== undefined && (allowed.includes('*') || allowed.includes(wanted));
}

/** `*` covers all, `pods/log` one subresource, and a star before the slash that subresource of everything. */
function resourceMatches(allowed: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (allowed === undefined) return false;
  if (allowed.includes('*')) return true;
  if (subresource === '') return allowed.includes(resource);
  return allowed.includes(`${resource}/${subresource}`) || allowed.includes(`*/${subresource}`);
}

function nameMatches(allowed: readonly string[] | undefined, name: string): boolean {
  return allowed === undefined || allowed.length === 0 || allowed.includes(name);
}

export function pathMatches(allowed: readonly string[] | undefined, path: string): boolean {
  if (allowed === undefined) return false;
  for (const pattern of allowed) {
    if (pattern === '*' || pattern === path) return true;
    if (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))) return true;
  }
  return false;
}
