import type { Container, Draft, Pod, PodSpec, ServiceAccount } from '@flotilla/api';
import { referencesOfPod } from '../../../auth/authorizers/node/references.js';

const enforceAnnotation = 'kubernetes.io/enforce-mountable-secrets';
/** What Go reads as true. */
const trueTexts: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** The pod's word counts first, then the account's. */
export function wantsToken({ automountServiceAccountToken: ofAccount }: ServiceAccount, spec: Draft<PodSpec>): boolean {
  return spec.automountServiceAccountToken ?? ofAccount ?? true;
}

/** What a pod that a kubelet runs by itself may not refer to. */
export function mirrorPodProblem(pod: Draft<Pod>): string | undefined {
  const { spec = {} } = pod;
  if ((spec.serviceAccountName ?? '') !== '') return 'a mirror pod may not reference service accounts';
  const references = referencesOfPod(pod as Pod); // validated by now
  if (references.some((key) => key.startsWith('secrets/'))) return 'a mirror pod may not reference secrets';
  const projects = (spec.volumes ?? []).some(({ projected }) =>
    (projected?.sources ?? []).some(({ serviceAccountToken }) => serviceAccountToken !== undefined),
  );
  return projects ? 'a mirror pod may not use ServiceAccountToken volume projections' : undefined;
}

/**
 * For accounts that list the Secrets their pods may use: the first that a pod uses and the account does not list.
 * @param ephemeral only the ephemeral containers are new
 */
export function unlistedSecret(account: ServiceAccount, { spec = {} }: Draft<Pod>, ephemeral: boolean): string | undefined {
  if (!trueTexts.has(account.metadata.annotations?.[enforceAnnotation] ?? '')) return undefined;
  const by = account.metadata.name ?? '';
  const listed = new Set((account.secrets ?? []).map(({ name }) => name));
  const refuse = (what: string) => `${what} is not allowed because service account ${by} does not reference that`;
  const ofContainers = (list: readonly Draft<Container>[] | undefined, kind: string) =>
    secretsOf(list ?? [], kind).find(({ name }) => !listed.has(name))?.what;
  if (ephemeral) {
    const what = ofContainers(spec.ephemeralContainers, 'ephemeral container');
    return what === undefined ? undefined : `${refuse(what)} secret`;
  }
  const volume = (spec.volumes ?? []).find(({ secret }) => secret !== undefined && !listed.has(secret.secretName));
  const what =
    (volume === undefined ? undefined : `volume with secret.secretName="${volume.secret?.secretName ?? ''}"`) ??
    ofContainers(spec.initContainers, 'init container') ??
    ofContainers(spec.containers, 'container');
  if (what !== undefined) return `${refuse(what)} secret`;
  const pulled = new Set((account.imagePullSecrets ?? []).map(({ name }) => name));
  const index = (spec.imagePullSecrets ?? []).findIndex(({ name }) => !pulled.has(name));
  const name = spec.imagePullSecrets?.[index]?.name ?? '';
  return index < 0 ? undefined : `${refuse(`imagePullSecrets[${index}].name="${name}"`)} imagePullSecret`;
}

function secretsOf(containers: readonly Draft<Container>[], kind: string) {
  return containers.flatMap(({ name: container = '', env = [], envFrom = [] }) => [
    ...env.flatMap(({ name, valueFrom }) => {
      const secret = valueFrom?.secretKeyRef?.name;
      const what = `${kind} ${container} with envVar ${name ?? ''} referencing secret.secretName="${secret ?? ''}"`;
      return secret === undefined ? [] : [{ name: secret, what }];
    }),
    ...envFrom.flatMap(({ secretRef }) => {
      const secret = secretRef?.name;
      const what = `${kind} ${container} with envFrom referencing secret.secretName="${secret ?? ''}"`;
      return secret === undefined ? [] : [{ name: secret, what }];
    }),
  ]);
}
