import { ageColumn, ageText, nameColumn, textColumn } from '../../columns/column.js';
import type { PartUpdate } from '../../definition.js';
import type { CertificateSigningRequest, CertificateSigningRequestStatus } from '../../generated/types.js';
import { cloneJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { pathSegmentProblems } from '../../validation/names.js';
import { define, statusOf } from '../define.js';
import { validateProgress, validateSigningRequest } from './csr-validation.js';

const csr = { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' };

/** `/approval` decides; what has been issued stays. */
const approval: PartUpdate<CertificateSigningRequest> = {
  merge(old, { metadata, status = {} }, now) {
    setTimes(status, old.status, now);
    return { ...old, metadata, status: { ...status, certificate: old.status?.certificate } };
  },
  validate: (draft, old) => [...validateSigningRequest(draft), ...validateProgress(draft, old, 'approval')],
};

export const certificateSigningRequests = define<CertificateSigningRequest>({
  ...csr,
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  subresources: [
    { name: 'approval', ...csr, verbs: ['get', 'patch', 'update'], part: approval },
    statusOf(csr.group, csr.version, csr.kind),
  ],
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

  // We do not care what requests are called.
  nameProblems: pathSegmentProblems,

  /** What was asked for is what an approver looked at: it does not change. */
  prepareForUpdate(draft, old) {
    draft.spec = cloneJson(old.spec);
  },

  /** Decisions that are still there are the ones that were made, whatever the request says of them. */
  prepareForStatusUpdate(draft, old, now) {
    for (const type of ['Approved', 'Denied']) {
      const before = (old.status?.conditions ?? []).filter((condition) => condition.type === type);
      const conditions = draft.status?.conditions ?? [];
      const places = [...conditions.keys()].filter((index) => conditions[index]?.type === type);
      if (places.length !== before.length) continue;
      for (const [nth, place] of places.entries()) conditions.splice(place, 1, ...cloneJson(before.slice(nth, nth + 1)));
    }
    setTimes(draft.status ?? {}, old.status, now);
  },

  validate: validateSigningRequest,
  validateUpdate: (draft, old) => validateProgress(draft, old, 'main'),
  validateStatusUpdate: (draft, old) => [...validateSigningRequest(draft), ...validateProgress(draft, old, 'status')],
});

/** When conditions came to be what they are, where the client does not say. */
function setTimes(
  { conditions = [] }: Draft<CertificateSigningRequestStatus>,
  old: Draft<CertificateSigningRequestStatus> | CertificateSigningRequestStatus | undefined,
  now: string,
): void {
  for (const condition of conditions) {
    const same = (old?.conditions ?? []).find(
      ({ type, status, lastTransitionTime }) =>
        type === condition.type && status === condition.status && lastTransitionTime !== undefined,
    );
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= same?.lastTransitionTime ?? now;
  }
}

function conditionText({ status }: CertificateSigningRequest): string {
  const has = (wanted: string) => status?.conditions?.some(({ type }) => type === wanted) === true;
  const decided = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  const issued = (status?.certificate ?? '') !== '';
  return `${decided}${has('Failed') ? ',Failed' : ''}${issued ? ',Issued' : ''}`;
}
