/** What a signer looks at: a parsed request of PKCS #10. */
export interface Asked {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly addresses: readonly string[];
  readonly emails: readonly string[];
  readonly urls: readonly string[];
}

export const apiServerClient = 'kubernetes.io/kube-apiserver-client';
export const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet';
export const kubeletServing = 'kubernetes.io/kubelet-serving';

type Rule = (asked: Asked, usages: readonly string[]) => string | undefined;

/** The signers of Kubernetes, each with what is wrong with a request to it; undefined when nothing is. In Kubernetes' order and words. */
export const signerRules: Readonly<Record<string, Rule>> = {
  [apiServerClient]: (_asked, usages) => {
    const allowed = ['client auth', 'digital signature', 'key encipherment'];
    const other = usages.find((usage) => !allowed.includes(usage));
    if (other !== undefined) return `invalid usage for client certificate: ${other}`;
    return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
  },
  [kubeletClient]: (asked, usages) =>
    notSystemNodes(asked) ??
    refused(asked.dnsNames, 'DNS subjectAltNames are not allowed') ??
    refused(asked.emails, 'Email subjectAltNames are not allowed') ??
    refused(asked.addresses, 'IP subjectAltNames are not allowed') ??
    refused(asked.urls, 'URI subjectAltNames are not allowed') ??
    notNamedAfterNode(asked) ??
    otherUsages(usages, 'client auth'),
  [kubeletServing]: (asked, usages) =>
    notSystemNodes(asked) ??
    (asked.dnsNames.length + asked.addresses.length === 0 ? 'DNS or IP subjectAltName is required' : undefined) ??
    refused(asked.emails, 'Email subjectAltNames are not allowed') ??
    refused(asked.urls, 'URI subjectAltNames are not allowed') ??
    otherUsages(usages, 'server auth') ??
    notNamedAfterNode(asked),
};

function notSystemNodes({ organizations }: Asked): string | undefined {
  return organizations.length === 1 && organizations[0] === 'system:nodes'
    ? undefined
    : 'subject organization is not system:nodes';
}

function notNamedAfterNode({ commonName }: Asked): string | undefined {
  return commonName.startsWith('system:node:') ? undefined : 'subject common name does not begin with system:node:';
}

function refused(names: readonly string[], problem: string): string | undefined {
  return names.length === 0 ? undefined : problem;
}

/** RSA keys encipher others' keys; newer ones do not. */
function otherUsages(usages: readonly string[], purpose: string): string | undefined {
  const required = [purpose, 'digital signature'].sort();
  const withRsa = [...required, 'key encipherment'].sort();
  const asked = [...usages].sort().join();
  return asked === required.join() || asked === withRsa.join() ? undefined : `usages did not match [${withRsa.join(' ')}]`;
}
