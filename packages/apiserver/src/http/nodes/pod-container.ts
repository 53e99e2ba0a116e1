import { type Pod, statusErrors } from '@flotilla/api';

/** The container that a request about a pod means. @throws StatusError BadRequest, in the words that kubectl shows */
export function containerOf({ metadata, spec }: Pod, wanted: string): string {
  const containers = spec?.containers ?? [];
  const names = [...(spec?.initContainers ?? []), ...containers, ...(spec?.ephemeralContainers ?? [])].map(({ name }) => name);
  const podName = metadata?.name ?? '';
  if (wanted !== '') {
    if (names.includes(wanted)) return wanted;
    throw statusErrors.badRequest(`container ${wanted} is not valid for pod ${podName}`);
  }
  const [only] = containers;
  if (containers.length === 1 && only !== undefined) return only.name;
  throw statusErrors.badRequest(`a container name must be specified for pod ${podName}, choose one of: [${names.join(' ')}]`);
}
