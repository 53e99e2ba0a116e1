import type { PolicyRule } from '../authorizer.js';
import { hasOrAll, pathMatches } from './rule-matching.js';

/**
 * What of the wanted rules the owned ones do not allow, taken apart into single verbs on single resources. Empty: all of it
 * is owned. As in Kubernetes, a right is only found within one owned rule, and `*` is owned only as `*`.
 */
export function missingRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap((rule) => [...singleRules(rule)]).filter((single) => !owned.some((rule) => covers(rule, single)));
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` of each, sorted, with the verbs on one resource together. */
export function describeRules(rules: readonly PolicyRule[]): readonly string[] {
  return [...new Set(compact(rules).map(ruleText))].sort();
}

function* singleRules(rule: PolicyRule): Iterable<PolicyRule> {
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs ?? []) yield { verbs: [verb], nonResourceURLs: [url] };
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const single = { verbs: [verb], apiGroups: [group], resources: [resource] };
        const names = rule.resourceNames ?? [];
        if (names.length === 0) yield single;
        for (const name of names) yield { ...single, resourceNames: [name] };
      }
    }
  }
}

function covers(owned: PolicyRule, single: PolicyRule): boolean {
  const [verb = ''] = single.verbs;
  if (!hasOrAll(owned.verbs, verb)) return false;
  const [url] = single.nonResourceURLs ?? [];
  if (url !== undefined) return pathMatches(owned.nonResourceURLs, url);
  const [group = ''] = single.apiGroups ?? [];
  const [resource = ''] = single.resources ?? [];
  const [name] = single.resourceNames ?? [];
  const names = owned.resourceNames ?? [];
  return (
    hasOrAll(owned.apiGroups, group) &&
    coversResource(owned.resources ?? [], resource) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

function coversResource(owned: readonly string[], resource: string): boolean {
  if (owned.includes('*') || owned.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && owned.includes(`*${resource.slice(slash)}`);
}

function compact(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const simple = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of rules) {
    if (rule.resourceNames !== undefined || rule.nonResourceURLs !== undefined) {
      others.push(rule);
      continue;
    }
    const key = `${rule.apiGroups}|${rule.resources}`;
    simple.set(key, { ...rule, verbs: [...(simple.get(key)?.verbs ?? []), ...rule.verbs] });
  }
  return [...others, ...simple.values()];
}

function ruleText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const parts = Object.entries({
    APIGroups: apiGroups,
    Resources: resources,
    NonResourceURLs: nonResourceURLs,
    ResourceNames: resourceNames,
    Verbs: verbs,
  }).flatMap(([name, values = []]) => (values.length === 0 ? [] : [`${name}:${quotedList(values)}`]));
  return `{${parts.join(', ')}}`;
}

/** As Go prints a list of quoted strings. */
export function quotedList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
