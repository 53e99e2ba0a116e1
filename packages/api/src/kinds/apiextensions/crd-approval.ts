import { type FieldError, invalid, required } from '../../errors/field-error.js';

/** Groups of the Kubernetes project need its approval, which an annotation tells of. */
const approvalAnnotation = 'api-approved.kubernetes.io';
const proposal = 'see https://github.com/kubernetes/enhancements/pull/1111';

export interface Approval {
  readonly state: 'missing' | 'invalid' | 'approved' | 'bypassed';
  readonly reason: string;
}

export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group);
}

export function approvalOf(annotations: Readonly<Record<string, string | undefined>>): Approval {
  const value = annotations[approvalAnnotation] ?? '';
  const must = `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}`;
  if (value === '') return { state: 'missing', reason: `${must}, ${proposal}` };
  if (value.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${JSON.stringify(value)}` };
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s]+/i.test(value)) return { state: 'approved', reason: `approved in ${value}` };
  return {
    state: 'invalid',
    reason: `${must} with either a URL or a reason starting with "unapproved", ${proposal}`,
  };
}

/** An approval that was missing before may go on missing. */
export function checkApproval(
  group: string,
  annotations: Readonly<Record<string, string | undefined>>,
  before: Readonly<Record<string, string | undefined>> | undefined,
): FieldError[] {
  if (!isProtectedGroup(group)) return [];
  const { state, reason } = approvalOf(annotations);
  if (before !== undefined && approvalOf(before).state === state) return [];
  const field = `metadata.annotations[${approvalAnnotation}]`;
  if (state === 'missing') return [required(field, reason)];
  return state === 'invalid' ? [invalid(field, annotations[approvalAnnotation], reason)] : [];
}
