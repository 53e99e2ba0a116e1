import { type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type {
  FlowcontrolV1Subject,
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { isEmpty, problemsOf } from '../../validation/check.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../validation/names.js';
import { validateConditions } from './conditions.js';
import { mandatoryFlowSchemas } from './mandatory.js';

const precedenceMax = 10_000;
const distinguishers = ['ByNamespace', 'ByUser'];
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

export function validateFlowSchema({ metadata, spec = {}, status }: Draft<FlowSchema>): FieldError[] {
  const { matchingPrecedence: precedence = 0, distinguisherMethod: method, rules = [] } = spec;
  const name = metadata?.name ?? '';
  const level = spec.priorityLevelConfiguration?.name ?? '';
  const field = 'spec.matchingPrecedence';
  const fixed = mandatoryFlowSchemas.get(name);
  return [
    ...(precedence <= 0 ? [invalid(field, precedence, 'must be a positive value')] : []),
    ...(precedence > precedenceMax ? [invalid(field, precedence, `must not be greater than ${precedenceMax}`)] : []),
    ...(precedence === 1 && name !== 'exempt'
      ? [invalid(field, precedence, "only the schema named 'exempt' may have matchingPrecedence 1")]
      : []),
    ...(method === undefined || distinguishers.includes(method.type ?? '')
      ? []
      : [notSupported('spec.distinguisherMethod.type', goForm(method, { Type: '' }), distinguishers)]),
    ...(level === ''
      ? [required('spec.priorityLevelConfiguration.name', 'must reference a priority level')]
      : problemsOf('spec.priorityLevelConfiguration.name', level, dns1123SubdomainProblems(level))),
    ...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)),
    ...(fixed === undefined || equalJson(spec, fixed)
      ? []
      : [invalid('spec', spec, `spec of '${name}' must equal the fixed value`)]),
    ...validateConditions(status?.conditions, 'status.conditions'),
  ];
}

function validateRule(
  { subjects = [], resourceRules = [], nonResourceRules = [] }: Draft<PolicyRulesWithSubjects>,
  at: string,
): FieldError[] {
  const nothing = resourceRules.length + nonResourceRules.length === 0;
  return [
    ...(subjects.length === 0 ? [required(`${at}.subjects`, 'subjects must contain at least one value')] : []),
    ...subjects.flatMap((subject, index) => validateSubject(subject, `${at}.subjects[${index}]`)),
    ...(nothing ? [required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty')] : []),
    ...resourceRules.flatMap((rule, index) => validateResourceRule(rule, `${at}.resourceRules[${index}]`)),
    ...nonResourceRules.flatMap((rule, index) => validateNonResourceRule(rule, `${at}.nonResourceRules[${index}]`)),
  ];
}

const memberOfKind = new Map([
  ['Group', 'group'],
  ['ServiceAccount', 'serviceAccount'],
  ['User', 'user'],
] as const);

function validateSubject(subject: Draft<FlowcontrolV1Subject>, at: string): FieldError[] {
  const own = [...memberOfKind].find(([kind]) => kind === subject.kind);
  if (own === undefined) return [notSupported(`${at}.kind`, subject.kind ?? '', [...memberOfKind.keys()])];
  const [kind, member] = own;
  const field = `${at}.${member}`;
  const errors = subject[member] === undefined ? [required(field, `${member} is required when subject kind is '${kind}'`)] : [];
  if (subject[member] !== undefined && kind === 'ServiceAccount')
    errors.push(...validateAccount(subject.serviceAccount ?? {}, field));
  else if (subject[member] !== undefined && isEmpty(subject[member]?.name)) errors.push(required(`${field}.name`));
  for (const other of ['serviceAccount', 'user', 'group'] as const) {
    if (other === member || subject[other] === undefined) continue;
    const otherKind = [...memberOfKind].find(([, name]) => name === other)?.[0] ?? '';
    errors.push(forbidden(`${at}.${other}`, `${other} is forbidden when subject kind is not '${otherKind}'`));
  }
  return errors;
}

function validateAccount(
  { name = '', namespace = '' }: NonNullable<Draft<FlowcontrolV1Subject>['serviceAccount']>,
  field: string,
): FieldError[] {
  const problems = name === '*' ? [] : dns1123SubdomainProblems(name);
  return [
    ...(name === '' ? [required(`${field}.name`)] : problemsOf(`${field}.name`, name, problems)),
    ...(namespace === ''
      ? [required(`${field}.namespace`, 'must specify namespace for service account')]
      : problemsOf(`${field}.namespace`, namespace, dns1123LabelProblems(namespace))),
  ];
}

function validateVerbs(wanted: readonly string[], field: string): FieldError[] {
  if (wanted.length === 0) return [required(field, 'verbs must contain at least one value')];
  if (wanted.includes('*')) return allOrSome(wanted, field, 'verbs');
  return wanted.every((verb) => verbs.includes(verb)) ? [] : [notSupported(field, wanted, verbs)];
}

/** `*` stands for all, so that nothing can stand beside it. */
function allOrSome(values: readonly string[], field: string, what: string): FieldError[] {
  if (values.length < 2 || !values.includes('*')) return [];
  return [invalid(field, values, `if '*' is present, must not specify other ${what}`)];
}

function validateResourceRule(rule: Draft<ResourcePolicyRule>, at: string): FieldError[] {
  const { apiGroups = [], resources = [], namespaces = [], clusterScope = false } = rule;
  const errors = validateVerbs(rule.verbs ?? [], `${at}.verbs`);
  if (apiGroups.length === 0) errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  errors.push(...allOrSome(apiGroups, `${at}.apiGroups`, 'api groups'));
  if (resources.length === 0) errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  errors.push(...allOrSome(resources, `${at}.resources`, 'resources'));
  if (namespaces.length === 0 && !clusterScope) {
    errors.push(required(`${at}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace'));
  }
  if (namespaces.includes('*')) return [...errors, ...allOrSome(namespaces, `${at}.namespaces`, 'namespaces')];
  const why = "each member of this list must be '*' or a DNS-1123 label; ";
  return [
    ...errors,
    ...namespaces.flatMap((namespace, index) =>
      dns1123LabelProblems(namespace).map((problem) => invalid(`${at}.namespaces[${index}]`, namespace, `${why}${problem}`)),
    ),
  ];
}

function validateNonResourceRule(
  { verbs: wanted = [], nonResourceURLs: urls = [] }: Draft<NonResourcePolicyRule>,
  at: string,
): FieldError[] {
  const field = `${at}.nonResourceURLs`;
  const errors = validateVerbs(wanted, `${at}.verbs`);
  if (urls.length === 0) return [...errors, required(field, 'nonResourceURLs must contain at least one value')];
  if (urls.includes('*')) return [...errors, ...allOrSome(urls, field, 'non-resource URLs')];
  return [
    ...errors,
    ...urls.flatMap((url, index) => {
      const problem = pathProblem(url);
      return problem === undefined ? [] : [invalid(`${field}[${index}]`, url, problem)];
    }),
  ];
}

function pathProblem(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  if (path === '/') return undefined;
  if (!path.startsWith('/')) return 'must start with slash';
  if (path.includes(' ')) return 'must not contain white-space';
  if (path.includes('//')) return 'must not contain double slash';
  const stars = path.split('*').length - 1;
  return stars > 1 || (stars === 1 && !path.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}
