import { duplicate, type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type {
  AuditAnnotation,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
  Variable,
} from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { isEmpty, oneOf, problemsOf } from '../../validation/check.js';
import { dns1035LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../../validation/names.js';
import { repeated } from '../../validation/repeated.js';
import { utf8Length } from '../../values/utf8.js';
import { validateMatchConditions } from './match-conditions.js';
import { failurePolicies, validateMatchResources } from './match-rules.js';

const auditAnnotationsMax = 20;
/** Half of what an audit annotation may hold, for expressions that join texts make longer ones. */
const auditExpressionBytesMax = 5 * 1024;
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const celReserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** What can be said of a policy without compiling its expressions: whoever runs CEL compiles them when they are written. */
export function validatePolicy({ metadata, spec = {} }: Draft<ValidatingAdmissionPolicy>): FieldError[] {
  const { paramKind, matchConstraints, matchConditions = [], variables = [] } = spec;
  const errors = [
    ...oneOf('spec.failurePolicy', spec.failurePolicy, failurePolicies),
    ...(paramKind === undefined ? [] : validateParamKind(paramKind, 'spec.paramKind')),
    ...(matchConstraints === undefined ? [required('spec.matchConstraints')] : []),
    ...validateMatchResources(matchConstraints, 'spec.matchConstraints'),
  ];
  if (matchConstraints !== undefined && (matchConstraints.resourceRules ?? []).length === 0) {
    errors.push(required('spec.matchConstraints.resourceRules'));
  }
  return [
    ...errors,
    ...validateMatchConditions(matchConditions, 'spec.matchConditions'),
    ...variables.flatMap((variable, index) => validateVariable(variable, `spec.variables[${index}]`)),
    ...validateOutcomes(spec, metadata?.name ?? ''),
  ];
}

function validateOutcomes(spec: Draft<ValidatingAdmissionPolicySpec>, name: string): FieldError[] {
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length + auditAnnotations.length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item';
    return [required('spec.validations', why), required('spec.auditAnnotations', why)];
  }
  const errors = validations.flatMap((validation, index) => validateValidation(validation, `spec.validations[${index}]`));
  const field = 'spec.auditAnnotations';
  if (auditAnnotations.length > auditAnnotationsMax) {
    errors.push(invalid(field, auditAnnotations, `must not have more than ${auditAnnotationsMax} auditAnnotations`));
  }
  const repeats = repeated(auditAnnotations.map(({ key = '' }) => key));
  return [
    ...errors,
    ...auditAnnotations.flatMap((annotation, index) => [
      ...validateAuditAnnotation(annotation, name, `${field}[${index}]`),
      ...(repeats.has(index) ? [duplicate(`${field}[${index}].key`, annotation.key ?? '')] : []),
    ]),
  ];
}

function validateParamKind({ apiVersion = '', kind = '' }: Draft<ParamKind>, field: string): FieldError[] {
  const errors = validateApiVersion(apiVersion, `${field}.apiVersion`);
  if (kind === '') return [...errors, required(`${field}.kind`)];
  const problems = dns1035LabelProblems(kind.toLowerCase());
  if (problems.length === 0) return errors;
  return [...errors, invalid(`${field}.kind`, kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`)];
}

function validateApiVersion(apiVersion: string, field: string): FieldError[] {
  if (apiVersion === '') return [required(field)];
  const parts = apiVersion.split('/');
  if (parts.length > 2) return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [group, version] = parts.length === 1 ? ['', apiVersion] : parts;
  const groupProblems = isEmpty(group) ? [] : dns1123SubdomainProblems(group ?? '');
  const errors = groupProblems.length === 0 ? [] : [invalid(field, group, groupProblems.join(','))];
  if (isEmpty(version)) return [...errors, invalid(field, apiVersion, 'version must be specified')];
  const problems = dns1035LabelProblems(version ?? '');
  return problems.length === 0 ? errors : [...errors, invalid(field, version, problems.join(','))];
}

function validateVariable({ name = '', expression = '' }: Draft<Variable>, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (name.trim() === '') errors.push(required(`${at}.name`, 'name is not specified'));
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || celReserved.has(name)) {
    errors.push(invalid(`${at}.name`, name, 'name is not a valid CEL identifier'));
  }
  if (expression.trim() === '') errors.push(required(`${at}.expression`, 'expression is not specified'));
  return errors;
}

function validateValidation(validation: Draft<Validation>, at: string): FieldError[] {
  const { expression = '', message = '', messageExpression = '', reason } = validation;
  const errors = expression.trim() === '' ? [required(`${at}.expression`, 'expression is not specified')] : [];
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  }
  if (message !== '' && message.trim() === '') {
    errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
  } else if (/[\r\n]/.test(message.trim())) {
    errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, reasons));
  return errors;
}

function validateAuditAnnotation(
  { key = '', valueExpression = '' }: Draft<AuditAnnotation>,
  name: string,
  at: string,
): FieldError[] {
  const field = `${at}.valueExpression`;
  const full = `${name}/${key}`;
  const errors =
    name === ''
      ? [invalid(`${at}.key`, key, 'requires metadata.name be non-empty')]
      : problemsOf(`${at}.key`, full, qualifiedNameProblems(full));
  const expression = valueExpression.trim();
  if (expression === '') errors.push(required(field, 'valueExpression is not specified'));
  else if (utf8Length(expression) > auditExpressionBytesMax) {
    errors.push(required(field, `must not exceed ${auditExpressionBytesMax} bytes in length`));
  }
  return errors;
}

export function validatePolicyStatus({ status = {} }: Draft<ValidatingAdmissionPolicy>): FieldError[] {
  return (status.typeChecking?.expressionWarnings ?? []).flatMap(({ warning, fieldRef }, index) => {
    const at = `status.typeChecking.expressionWarnings[${index}]`;
    return [
      ...(isEmpty(warning) ? [required(`${at}.warning`)] : []),
      ...((fieldRef ?? '').trim() === '' ? [required(`${at}.fieldRef`)] : []),
    ];
  });
}
