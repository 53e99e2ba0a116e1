import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../../errors/field-error.js';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { repeated } from '../../validation/repeated.js';
import { binaryTextOfBase64 } from '../../values/base64.js';
import { validateSignerName } from './signer-name.js';

const expirationSecondsMin = 600;
const usages = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];

type Request = Draft<CertificateSigningRequest>;
type Condition = Draft<CertificateSigningRequestCondition>;

/** What an approver decides is decided: such a condition can only be true. */
const decisions = ['Approved', 'Denied'];
const onlyTrue = [...decisions, 'Failed'];

export function validateSigningRequest({ spec = {}, status = {} }: Request): FieldError[] {
  const { request = '', signerName = '', expirationSeconds: seconds } = spec;
  const wanted = spec.usages ?? [];
  const repeats = repeated(wanted);
  return [
    ...(isPem(request) ? [] : [invalid('spec.request', request, 'PEM block type must be CERTIFICATE REQUEST')]),
    ...(wanted.length === 0 ? [required('spec.usages')] : []),
    ...wanted.flatMap((usage, index) => (usages.includes(usage) ? [] : [notSupported(`spec.usages[${index}]`, usage, usages)])),
    ...wanted.flatMap((usage, index) => (repeats.has(index) ? [duplicate(`spec.usages[${index}]`, usage)] : [])),
    ...(signerName === 'kubernetes.io/legacy-unknown'
      ? [invalid('spec.signerName', signerName, 'the legacy signerName is not allowed via this API version')]
      : validateSignerName(signerName, 'spec.signerName')),
    ...(seconds !== undefined && seconds < expirationSecondsMin
      ? [invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)')]
      : []),
    ...validateConditions(status.conditions ?? [], 'status.conditions'),
  ];
}

/** Whether it is a request, and signed by its own key, is found out at admission: that takes cryptography. */
function isPem(base64: string): boolean {
  return binaryTextOfBase64(base64).includes('-----BEGIN CERTIFICATE REQUEST-----');
}

function validateConditions(conditions: readonly Condition[], field: string): FieldError[] {
  const repeats = repeated(conditions.map(({ type = '' }) => type));
  const seen = new Set<string>();
  return conditions.flatMap(({ type = '', status = '' }, index) => {
    const at = `${field}[${index}]`;
    const allowed = onlyTrue.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    const errors: FieldError[] = type === '' ? [required(`${at}.type`)] : [];
    if (status === '') errors.push(required(`${at}.status`));
    else if (!allowed.includes(status)) errors.push(notSupported(`${at}.status`, status, allowed));
    const other = decisions.find((decision) => decision !== type) ?? '';
    if (decisions.includes(type) && seen.has(other)) {
      errors.push(invalid(field, type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (repeats.has(index)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
    return errors;
  });
}

/**
 * Decisions are never taken back, and only `/approval` makes them; a certificate is written once, and only by `/status`.
 * @param path by which the update came
 */
export function validateProgress(
  draft: Request,
  old: CertificateSigningRequest,
  path: 'main' | 'status' | 'approval',
): FieldError[] {
  const field = 'status.conditions';
  const of = (request: Request, type: string) => (request.status?.conditions ?? []).filter((one) => one.type === type);
  const before = old as Request; // a stored object has what a draft may have
  const errors = onlyTrue.flatMap((type) =>
    of(draft, type).length < of(before, type).length
      ? [forbidden(field, `updates may not remove a condition of type ${JSON.stringify(type)}`)]
      : [],
  );
  if (path !== 'approval') {
    for (const type of decisions) {
      const [now, then] = [of(draft, type), of(before, type)];
      if (now.length > then.length) {
        errors.push(forbidden(field, `updates may not add a condition of type ${JSON.stringify(type)}`));
      } else if (now.length === then.length && !equalJson(now, then)) {
        errors.push(forbidden(field, `updates may not modify a condition of type ${JSON.stringify(type)}`));
      }
    }
  }
  const [certificate, issued] = [draft.status?.certificate ?? '', old.status?.certificate ?? ''];
  if (certificate === issued) return errors;
  if (path !== 'status') return [...errors, forbidden('status.certificate', 'updates may not set certificate content')];
  return issued === ''
    ? errors
    : [...errors, forbidden('status.certificate', 'updates may not modify existing certificate content')];
}
