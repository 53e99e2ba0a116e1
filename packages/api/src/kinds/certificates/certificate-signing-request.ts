import { ageColumn, ageText, nameColumn, textColumn } from '../../columns/column.js';
import { required } from '../../errors/field-error.js';
import type { CertificateSigningRequest } from '../../generated/types.js';
import { cloneJson } from '../../json.js';
import { isEmpty } from '../../validation/check.js';
import { define, statusOf } from '../define.js';

const csr = { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' };

export const certificateSigningRequests = define<CertificateSigningRequest>({
  ...csr,
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  subresources: [{ name: 'approval', ...csr, verbs: ['get', 'patch', 'update'] }, statusOf(csr.group, csr.version, csr.kind)],
  columns: [
    nameColumn,
    ageColumn,
    textColumn('SignerName', 'Who is asked to sign.', ({ spec }) => spec.signerName),
    textColumn('Requestor', 'Who asks.', ({ spec }) => spec.username ?? ''),
    textColumn('RequestedDuration', 'For how long.', ({ spec }) =>
      spec.expirationSeconds === undefined ? '<none>' : ageText(spec.expirationSeconds * 1000),
    ),
    textColumn('Condition', 'Whether it was approved, and signed.', conditionText),
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec.signerName },

  /** What was asked for is what an approver looked at: it does not change. */
  prepareForUpdate(draft, old) {
    draft.spec = cloneJson(old.spec);
  },

  validate({ spec = {} }) {
    return [
      ...(isEmpty(spec.request) ? [required('spec.request')] : []),
      ...(isEmpty(spec.signerName) ? [required('spec.signerName')] : []),
      ...((spec.usages ?? []).length === 0 ? [required('spec.usages')] : []),
    ];
  },
});

function conditionText({ status }: CertificateSigningRequest): string {
  const types = (status?.conditions ?? [])
    .map(({ type }) => type)
    .filter((type) => ['Approved', 'Denied', 'Failed'].includes(type));
  if ((status?.certificate ?? '') !== '') types.push('Issued');
  return types.length === 0 ? 'Pending' : types.join(',');
}
