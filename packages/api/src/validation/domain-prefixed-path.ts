import { type FieldError, invalid, required } from '../errors/field-error.js';
import { problemsOf } from './check.js';
import { dns1123SubdomainProblems } from './names.js';

/** `example.com/controller`: a name that a domain answers for. */
export function validateDomainPrefixedPath(at: string, value: string): FieldError[] {
  if (value === '') return [required(at)];
  const slash = value.indexOf('/');
  const [domain, path] = [value.slice(0, Math.max(slash, 0)), value.slice(slash + 1)];
  if (domain === '' || path === '') return [invalid(at, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = problemsOf(at, domain, dns1123SubdomainProblems(domain));
  if (/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path)) return errors;
  const pattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
  return [...errors, invalid(at, path, `Invalid path (regex used for validation is '${pattern}')`)];
}
