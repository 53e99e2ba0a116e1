import { type FieldError, invalid, required, tooLong } from '../../errors/field-error.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../validation/names.js';

const domainMax = 253;
/** The path has room for a namespace, a dot and the longest name of an object. */
const pathMax = 63 + 1 + 253;

/** `example.com/client`: who signs, and for what. */
export function validateSignerName(name: string, field: string): FieldError[] {
  if (name === '') return [required(field)];
  const [domain = '', path, ...more] = name.split('/');
  if (path === undefined || more.length > 0) {
    return [invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  }
  const errors = domain.length > domainMax ? [tooLong(field, domainMax)] : [];
  errors.push(...firstBadLabel(domain, dns1123LabelProblems, field));
  if (!domain.includes('.')) {
    errors.push(invalid(field, domain, 'should be a domain with at least two segments separated by dots'));
  }
  errors.push(...firstBadLabel(path, dns1123SubdomainProblems, field));
  const lengthMax = domainMax + 1 + pathMax;
  return name.length > lengthMax ? [...errors, tooLong(field, lengthMax)] : errors;
}

/** Of several bad labels the first one is enough: all the complaints would read the same. */
function firstBadLabel(text: string, problemsOf: (label: string) => string[], field: string): FieldError[] {
  const bad = text.split('.').find((label) => problemsOf(label).length > 0);
  if (bad === undefined) return [];
  return problemsOf(bad).map((problem) => invalid(field, text, `validating label ${JSON.stringify(bad)}: ${problem}`));
}
