import { ageColumn, nameColumn, textColumn } from '../../columns/column.js';
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import type { LabelSelector, ParamRef, ValidatingAdmissionPolicyBinding } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { problemsOf } from '../../validation/check.js';
import { validateLabelSelector } from '../../validation/label-selector.js';
import { dns1123SubdomainProblems, pathSegmentProblems } from '../../validation/names.js';
import { repeated } from '../../validation/repeated.js';
import { define } from '../define.js';
import { defaultMatchResources, validateMatchResources } from './match-rules.js';

const actions = ['Audit', 'Deny', 'Warn'];
const missingActions = ['Deny', 'Allow'];

export const validatingAdmissionPolicyBindings = define<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  generation: true,
  allowUnconditionalUpdate: false,
  columns: [
    nameColumn,
    textColumn('PolicyName', 'The policy that it puts into force.', ({ spec }) => spec.policyName ?? ''),
    textColumn('ParamRef', 'The objects that parametrize the policy.', ({ spec }) => paramText(spec.paramRef)),
    ageColumn,
  ],

  defaults: ({ spec }) => defaultMatchResources(spec?.matchResources),

  validate({ spec = {} }) {
    const { policyName = '', paramRef, matchResources, validationActions = [] } = spec;
    return [
      ...(policyName === ''
        ? [required('spec.policyName')]
        : problemsOf('spec.policyName', policyName, dns1123SubdomainProblems(policyName))),
      ...(paramRef === undefined ? [] : validateParamRef(paramRef, 'spec.paramRef')),
      ...validateMatchResources(matchResources, 'spec.matchResources'),
      ...validateActions(validationActions, 'spec.validationActions'),
    ];
  },
});

function validateParamRef(reference: Draft<ParamRef>, field: string): FieldError[] {
  const { name = '', selector, parameterNotFoundAction: action = '' } = reference;
  const exclusive = 'name and selector are mutually exclusive';
  const both = name !== '' && selector !== undefined;
  return [
    ...(name === '' ? [] : problemsOf(`${field}.name`, name, pathSegmentProblems(name))),
    ...(both ? [forbidden(`${field}.name`, exclusive)] : []),
    ...validateLabelSelector(selector, `${field}.selector`),
    ...(both ? [forbidden(`${field}.selector`, exclusive)] : []),
    ...(name === '' && selector === undefined ? [required(field, 'one of name or selector must be specified')] : []),
    ...(action === ''
      ? [required(`${field}.parameterNotFoundAction`)]
      : missingActions.includes(action)
        ? []
        : [notSupported(`${field}.parameterNotFoundAction`, action, missingActions)]),
  ];
}

function validateActions(wanted: readonly string[], field: string): FieldError[] {
  const repeats = repeated(wanted);
  const errors = wanted.flatMap((action, index) => [
    ...(actions.includes(action) ? [] : [notSupported(`${field}[${index}]`, action, actions)]),
    ...(repeats.has(index) ? [duplicate(`${field}[${index}]`, action)] : []),
  ]);
  if (wanted.includes('Deny') && wanted.includes('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalid(field, wanted, why));
  }
  return wanted.length > 0 ? errors : [...errors, required(field, 'at least one validation action is required')];
}

function paramText(reference: ParamRef | undefined): string {
  if (reference === undefined) return '<unset>';
  const { name = '', namespace = '', selector } = reference;
  if (name !== '') return `${namespace === '' ? '*' : namespace}/${name}`;
  return selector === undefined ? '<unset>' : goText(selector);
}

/** As Go prints the struct, which is what Kubernetes shows. */
function goText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const labels = Object.entries(matchLabels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}
