import type { KeyPair } from '@flotilla/pki';
import { stringify } from 'yaml';

export interface KubeconfigInput {
  readonly serverUrl: string;
  readonly userName: string;
  /** PEM */
  readonly caCert: string;
  readonly pair: KeyPair;
}

/** A kubeconfig of one cluster, one user and one context, with everything inline: it can be copied anywhere. */
export function kubeconfig({ serverUrl, userName, caCert, pair }: KubeconfigInput): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'flotilla', cluster: { server: serverUrl, 'certificate-authority-data': base64(caCert) } }],
      users: [{ name: userName, user: { 'client-certificate-data': base64(pair.cert), 'client-key-data': base64(pair.key) } }],
      contexts: [{ name: 'flotilla', context: { cluster: 'flotilla', user: userName } }],
      'current-context': 'flotilla',
    },
    { lineWidth: 0 },
  );
}
