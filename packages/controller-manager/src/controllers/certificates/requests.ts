import type { CertificateSigningRequest, CertificateSigningRequestCondition, Persisted } from '@flotilla/api';
import { timestamp } from '@flotilla/controller-kit';

export type Request = Persisted<CertificateSigningRequest>;
export type ConditionType = 'Approved' | 'Denied' | 'Failed';

export function hasCondition({ status }: CertificateSigningRequest, wanted: ConditionType): boolean {
  return status?.conditions?.some(({ type, status: value }) => type === wanted && value !== 'False') === true;
}

export function isIssued({ status }: CertificateSigningRequest): boolean {
  return (status?.certificate ?? '') !== '';
}

/** The PEM text of what is asked for. */
export function pemOf({ spec }: CertificateSigningRequest): string {
  return Buffer.from(spec.request, 'base64').toString('latin1');
}

/** The request with one condition more. */
export function withRequestCondition(
  request: Request,
  { type, reason, message }: { readonly type: ConditionType; readonly reason: string; readonly message: string },
  wallMs: number,
): Request {
  const now = timestamp(wallMs);
  const condition: CertificateSigningRequestCondition = {
    ...{ type, status: 'True', reason, message },
    ...{ lastUpdateTime: now, lastTransitionTime: now },
  };
  return { ...request, status: { ...request.status, conditions: [...(request.status?.conditions ?? []), condition] } };
}
