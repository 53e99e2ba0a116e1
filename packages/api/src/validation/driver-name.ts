import { type FieldError, required, tooLong } from '../errors/field-error.js';
import { problemsOf } from './check.js';
import { dns1123SubdomainProblems } from './names.js';

const bytesMax = 63;

/** The name by which a CSI driver is known to clusters and kubelets. */
export function validateDriverName(name = '', field: string): FieldError[] {
  return [
    ...(name === '' ? [required(field)] : []),
    ...(name.length > bytesMax ? [tooLong(field, bytesMax)] : []),
    ...problemsOf(field, name, dns1123SubdomainProblems(name.toLowerCase())),
  ];
}
