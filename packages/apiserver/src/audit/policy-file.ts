import { type ConfigNode, readConfigDocument } from '../config-document.js';
import { type AuditPolicy, type AuditRule, type Level, levels, type Stage, stages } from './policy.js';

/** Reads `--audit-policy-file`. @throws ConfigError in the words of Kubernetes */
export function readAuditPolicy(path: string): AuditPolicy {
  const document = readConfigDocument(path, 'Policy', ['audit.k8s.io/v1']);
  document.node('metadata')?.text('name');
  const policy = {
    rules: document.nodes('rules').map(ruleOf),
    omitStages: stagesOf(document),
    omitManagedFields: document.flag('omitManagedFields') ?? false,
  };
  if (policy.rules.length === 0) throw document.problem('loaded illegal policy with 0 rules');
  document.end();
  return policy;
}

function ruleOf(node: ConfigNode): AuditRule {
  const level = levels.find((known) => known === node.requiredText('level'));
  if (level === undefined) throw unsupported(node, 'level', node.text('level') ?? '', levels);
  const rule = {
    level,
    users: node.texts('users'),
    userGroups: node.texts('userGroups'),
    verbs: node.texts('verbs'),
    namespaces: node.texts('namespaces'),
    resources: node.nodes('resources').map((resources) => ({
      group: resources.text('group') ?? '',
      resources: resources.texts('resources'),
      resourceNames: resources.texts('resourceNames'),
    })),
    nonResourceURLs: node.texts('nonResourceURLs'),
    omitStages: stagesOf(node),
    omitManagedFields: node.flag('omitManagedFields'),
  };
  if (rule.nonResourceURLs.length > 0 && (rule.resources.length > 0 || rule.namespaces.length > 0)) {
    throw node.problem('nonResourceURLs: Invalid value: rules cannot apply to both regular resources and non-resource URLs');
  }
  for (const url of rule.nonResourceURLs) {
    if (url !== '*' && !url.startsWith('/')) {
      throw node.problem(`nonResourceURLs: Invalid value: "${url}": non-resource URL rules must begin with a '/' character`);
    }
  }
  return rule;
}

function stagesOf(node: ConfigNode): readonly Stage[] {
  return node.texts('omitStages').map((name) => {
    const stage = stages.find((known) => known === name);
    if (stage === undefined) throw unsupported(node, 'omitStages', name, stages);
    return stage;
  });
}

function unsupported(node: ConfigNode, member: string, value: string, known: readonly (Level | Stage)[]) {
  const values = known.map((name) => `"${name}"`).join(', ');
  return node.problem(`${member}: Unsupported value: "${value}": supported values: ${values}`);
}
