import type { Draft, PodSpec, Volume } from '@flotilla/api';

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
export const tokenVolumePrefix = 'kube-api-access-';
/** An hour, and seven seconds by which API servers know that nobody has asked for the time on purpose. */
const tokenSeconds = 3_607;

/** Where a client in a pod looks for its token, the authority of the API servers, and its namespace. */
function tokenVolume(name: string): Draft<Volume> {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: tokenSeconds } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}

/** Mounts a token into every container that has nothing of its own where tokens are looked for. */
export function mountToken(spec: Draft<PodSpec>, newName: () => string): void {
  const volumes = spec.volumes ?? [];
  const existing = volumes.find(({ name = '' }) => name.startsWith(tokenVolumePrefix))?.name;
  const without = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].filter(
    ({ volumeMounts = [] }) => !volumeMounts.some(({ mountPath }) => mountPath === tokenPath),
  );
  if (without.length === 0) return;
  const name = existing ?? newName();
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenPath }];
  }
  if (existing === undefined) spec.volumes = [...volumes, tokenVolume(name)];
}
