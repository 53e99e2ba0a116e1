import type { Container, PersistentVolume, Pod } from '@flotilla/api';

export type Referable = 'secrets' | 'configmaps' | 'persistentvolumeclaims' | 'serviceaccounts' | 'resourceclaims';

type Add = (resource: Referable, name: string | undefined) => void;

/** What a pod's node has to read for it, as `secrets/namespace/name`. */
export function referencesOfPod(pod: Pod): readonly string[] {
  const namespace = pod.metadata?.namespace ?? '';
  const found = new Set<string>();
  const add: Add = (resource, name) => {
    if (name !== undefined && name !== '') found.add(`${resource}/${namespace}/${name}`);
  };
  const { spec } = pod;
  add('serviceaccounts', spec?.serviceAccountName);
  for (const secret of spec?.imagePullSecrets ?? []) add('secrets', secret.name);
  addVolumes(pod, add);
  const claims = new Map(
    (pod.status?.resourceClaimStatuses ?? []).map(({ name, resourceClaimName }) => [name, resourceClaimName]),
  );
  for (const claim of spec?.resourceClaims ?? []) add('resourceclaims', claim.resourceClaimName ?? claims.get(claim.name));
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) addEnvironment(container, add);
  // Those have everything that a container has, and more.
  for (const container of (spec?.ephemeralContainers ?? []) as readonly Container[]) addEnvironment(container, add);
  return [...found];
}

/** The Secrets of a volume that its claim's node mounts it with, as `secrets/namespace/name`. */
export function secretsOfVolume({ spec }: PersistentVolume): readonly string[] {
  const claimNamespace = spec?.claimRef?.namespace ?? '';
  const found: string[] = [];
  for (const source of Object.values(spec ?? {})) {
    if (typeof source !== 'object' || source === null) continue;
    for (const [member, reference] of Object.entries(source)) {
      if (/[sS]ecretRef$/.test(member)) found.push(secretKey(reference, claimNamespace));
    }
  }
  const { secretName, secretNamespace } = spec?.azureFile ?? {};
  if (secretName !== undefined) found.push(`secrets/${secretNamespace ?? claimNamespace}/${secretName}`);
  return found.filter((key) => key !== '');
}

function secretKey(reference: unknown, claimNamespace: string): string {
  if (typeof reference !== 'object' || reference === null || !('name' in reference)) return '';
  const namespace = 'namespace' in reference && reference.namespace !== '' ? String(reference.namespace) : claimNamespace;
  return `secrets/${namespace}/${String(reference.name)}`;
}

function addVolumes({ metadata, spec }: Pod, add: Add): void {
  for (const volume of spec?.volumes ?? []) {
    add('secrets', volume.secret?.secretName);
    add('configmaps', volume.configMap?.name);
    add('persistentvolumeclaims', volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral !== undefined) add('persistentvolumeclaims', `${metadata?.name ?? ''}-${volume.name}`);
    for (const source of volume.projected?.sources ?? []) {
      add('secrets', source.secret?.name);
      add('configmaps', source.configMap?.name);
    }
    add('secrets', volume.azureFile?.secretName);
    const { csi, cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos } = volume;
    add('secrets', csi?.nodePublishSecretRef?.name);
    for (const source of [cephfs, cinder, flexVolume, iscsi, rbd, scaleIO, storageos]) add('secrets', source?.secretRef?.name);
  }
}

function addEnvironment(container: Container, add: Add): void {
  for (const { valueFrom } of container.env ?? []) {
    add('secrets', valueFrom?.secretKeyRef?.name);
    add('configmaps', valueFrom?.configMapKeyRef?.name);
  }
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    add('secrets', secretRef?.name);
    add('configmaps', configMapRef?.name);
  }
}
