import type { Container, Draft, KubernetesObject, Pod } from '@flotilla/api';

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

/** Whether an update changes something that a level looks at: of a pod that exists, little can change. */
export function isSignificantUpdate(object: Draft<KubernetesObject>, before: KubernetesObject): boolean {
  const [pod, old] = [object as Draft<Pod>, before as Pod]; // the caller says so
  const now = pod.metadata?.annotations ?? {};
  const then = old.metadata.annotations ?? {};
  if (now[seccompPod] !== then[seccompPod]) return true;
  const changed = (container: Draft<Container>, previous: { readonly image?: string | undefined } | undefined) => {
    const key = `${seccompContainerPrefix}${container.name ?? ''}`;
    return previous === undefined || container.image !== previous.image || now[key] !== then[key];
  };
  for (const name of ['containers', 'initContainers'] as const) {
    const list = pod.spec?.[name] ?? [];
    const previous = old.spec[name] ?? [];
    if (list.length !== previous.length || list.some((container, index) => changed(container, previous[index]))) return true;
  }
  const ephemeral = old.spec.ephemeralContainers ?? [];
  return (pod.spec?.ephemeralContainers ?? []).some((container) =>
    changed(
      container,
      ephemeral.find(({ name }) => name === container.name),
    ),
  );
}
