import { kinds } from '@flotilla/api';
import type { ApiClient, ObjectReader } from '@flotilla/client';
import { done, type ReconcileResult, runController, WorkQueue } from '@flotilla/controller-kit';
import type { Controller } from '../../controller.js';
import { unlessGone } from '../../shared/absence.js';
import { hasCondition, isIssued, pemOf, type Request, withRequestCondition } from './requests.js';
import { type Asked, kubeletClient, signerRules } from './signer-rules.js';

const name = 'certificatesigningrequest-approving-controller';
const workers = 5;

interface Recognizer {
  /** What the requester must be allowed to create, of `certificatesigningrequests`. */
  readonly subresource: string;
  readonly message: string;
  recognizes(request: Request, asked: Asked): boolean;
}

const recognizers: readonly Recognizer[] = [
  {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    recognizes: (request, asked) => isKubeletClient(request, asked) && request.spec.username === asked.commonName,
  },
  {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    recognizes: isKubeletClient,
  },
];

function isKubeletClient({ spec }: Request, asked: Asked): boolean {
  return spec.signerName === kubeletClient && signerRules[kubeletClient]?.(asked, spec.usages ?? []) === undefined;
}

/** Kubelets' requests for their client certificates are approved. Woken by requests; updates their approval. */
export const certificateApprovingController: Controller = {
  name,
  start({ client, informers, clock, log }) {
    const queue = new WorkQueue({ clock });
    const requests = informers.informer(kinds.certificateSigningRequests);
    const wake = ({ metadata, spec }: Request) => {
      if (spec.signerName === kubeletClient) queue.add(metadata.name);
    };
    requests.addHandler({ added: wake, updated: (_before, request) => wake(request) });
    const reconcile = (key: string, signal: AbortSignal) => approve(key, client, requests, signal);
    return (signal) => runController({ name, queue, workers, reconcile, log }, signal);
  },
};

async function approve(
  key: string,
  client: ApiClient,
  requests: ObjectReader<Request>,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  const request = requests.get(key);
  if (request === undefined || isIssued(request) || hasCondition(request, 'Approved') || hasCondition(request, 'Denied'))
    return done;
  const { SigningRequest } = await import('@flotilla/pki'); // large, and few clusters ask
  const asked = await SigningRequest.parse(pemOf(request));
  const fitting = recognizers.filter((recognizer) => recognizer.recognizes(request, asked));
  for (const { subresource, message } of fitting) {
    if (!(await mayCreate(client, request, subresource, signal))) continue;
    const approved = withRequestCondition(request, { type: 'Approved', reason: 'AutoApproved', message }, client.clock.wallMs());
    await unlessGone(client.resource(kinds.certificateSigningRequests).updateSubresource(key, 'approval', approved, { signal }));
    return done;
  }
  const tried = fitting.map(({ subresource }) => subresource).join(' ');
  if (tried !== '') throw new Error(`recognized csr "${key}" as [${tried}] but subject access review was not approved`);
  return done;
}

async function mayCreate(client: ApiClient, { spec }: Request, subresource: string, signal: AbortSignal): Promise<boolean> {
  const { username, uid, groups, extra } = spec;
  const resourceAttributes = {
    ...{ group: 'certificates.k8s.io', resource: 'certificatesigningrequests' },
    ...{ verb: 'create', subresource },
  };
  const { status } = await client.request<{ readonly status?: { readonly allowed?: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' },
      spec: { user: username, uid, groups, extra, resourceAttributes },
    },
    signal,
  });
  return status?.allowed === true;
}
