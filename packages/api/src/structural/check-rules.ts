import { type FieldError, invalid, notSupported, required } from '../errors/field-error.js';
import type { ValidationRule } from '../generated/types.js';
import { isValidRulePath } from './rule-path.js';
import type { StructuralSchema } from './structural-schema.js';

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** The members of x-kubernetes-validations beside the expressions, which the engine compiles. */
export function checkRules(path: string, schema: StructuralSchema): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  return rules.flatMap((rule, index) => checkRule(`${path}.x-kubernetes-validations[${index}]`, rule, schema));
}

function checkRule(path: string, given: ValidationRule, schema: StructuralSchema): FieldError[] {
  const { message = '', messageExpression = '', reason, fieldPath = '' } = given;
  const errors = checkTexts(path, given.rule ?? '', message);
  if (messageExpression !== '' && messageExpression.trim() === '') {
    errors.push(required(`${path}.messageExpression`, 'messageExpression must be non-empty if specified'));
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, reasons));
  if (fieldPath === '') return errors;
  const field = `${path}.fieldPath`;
  if (fieldPath.trim() === '') errors.push(invalid(field, fieldPath, 'must be non-empty if specified'));
  if (hasLineBreak(fieldPath)) errors.push(invalid(field, fieldPath, 'must not contain line breaks'));
  if (!isValidRulePath(fieldPath, schema)) errors.push(invalid(field, fieldPath, 'must be a valid path'));
  return errors;
}

function checkTexts(path: string, rule: string, message: string): FieldError[] {
  if (rule.trim() === '') return [required(`${path}.rule`, 'rule is not specified')];
  if (message !== '' && message.trim() === '') return [invalid(`${path}.message`, message, 'must be non-empty if specified')];
  if (hasLineBreak(message.trim())) return [invalid(`${path}.message`, message, 'must not contain line breaks')];
  if (hasLineBreak(rule.trim()) && message.trim() === '') {
    return [required(`${path}.message`, 'message must be specified if rule contains line breaks')];
  }
  return [];
}

function hasLineBreak(text: string): boolean {
  return /[\r\n]/.test(text);
}
