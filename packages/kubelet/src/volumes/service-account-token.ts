import type { Pod } from '@flotilla/api';
import type { ApiClient } from '@flotilla/client';

/** A token bound to the pod, from the TokenRequest API. @throws StatusError, ConnectionError */
export async function requestToken(
  client: ApiClient,
  pod: Pod,
  audience: string | undefined,
  expirationSeconds: number | undefined,
): Promise<string> {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  const answer = await client.request<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: audience === undefined ? [] : [audience],
        expirationSeconds: expirationSeconds ?? 3_600,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    },
  });
  return answer.status.token;
}
