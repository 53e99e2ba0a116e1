import type { DownwardAPIVolumeFile, KeyToPath, Pod, VolumeProjection } from '@flotilla/api';
import { containerResource, podField } from '../pods/downward-fields.js';
import type { ConfigSource } from '../pods/environment.js';

/** A file of a volume: where it is below the volume's root, what it holds, its permission bits. */
export interface VolumeFile {
  readonly path: string;
  readonly data: Buffer;
  readonly mode: number;
}

/** The volume cannot be set up: shown as event FailedMount, and tried again. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}

export interface PayloadContext {
  readonly pod: Pod;
  readonly podIp: string;
  readonly hostIp: string;
  readonly nodeAllocatable: Readonly<Record<string, string>>;
  readonly config: ConfigSource;
  /** A token for the pod's service account. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number | undefined): Promise<string>;
}

interface Selection {
  readonly name: string;
  readonly items: readonly KeyToPath[] | undefined;
  readonly optional: boolean;
  readonly mode: number;
}

export async function configMapFiles({ pod, config }: PayloadContext, selection: Selection): Promise<VolumeFile[]> {
  const map = await config.configMap(pod.metadata.namespace ?? '', selection.name);
  if (map === undefined && !selection.optional) throw new VolumeError(`configmap "${selection.name}" not found`);
  const texts = Object.entries(map?.data ?? {}).map(([key, value]): [string, Buffer] => [key, Buffer.from(value)]);
  const bytes = Object.entries(map?.binaryData ?? {}).map(([key, value]): [string, Buffer] => [
    key,
    Buffer.from(value, 'base64'),
  ]);
  return select(new Map([...texts, ...bytes]), selection, 'configmap');
}

export async function secretFiles({ pod, config }: PayloadContext, selection: Selection): Promise<VolumeFile[]> {
  const secret = await config.secret(pod.metadata.namespace ?? '', selection.name);
  if (secret === undefined && !selection.optional) throw new VolumeError(`secret "${selection.name}" not found`);
  const entries = Object.entries(secret ?? {}).map(([key, value]): [string, Buffer] => [key, Buffer.from(value, 'base64')]);
  return select(new Map(entries), selection, 'secret');
}

export function downwardFiles(
  context: PayloadContext,
  items: readonly DownwardAPIVolumeFile[],
  defaultMode: number,
): VolumeFile[] {
  return items.map(({ path, fieldRef, resourceFieldRef, mode }) => {
    const value =
      fieldRef !== undefined
        ? podField(context.pod, fieldRef.fieldPath, context)
        : resourceFieldRef && containerResource(context.pod, resourceFieldRef, '', context.nodeAllocatable);
    if (value === undefined) throw new VolumeError(`downwardAPI: unsupported reference for ${path}`);
    return { path, data: Buffer.from(value), mode: mode ?? defaultMode };
  });
}

export async function projectedFiles(
  context: PayloadContext,
  sources: readonly VolumeProjection[],
  mode: number,
): Promise<VolumeFile[]> {
  const lists = await Promise.all(
    sources.map(async (source): Promise<VolumeFile[]> => {
      const { configMap, secret, downwardAPI, serviceAccountToken } = source;
      if (configMap !== undefined)
        return configMapFiles(context, {
          name: configMap.name ?? '',
          items: configMap.items,
          optional: configMap.optional === true,
          mode,
        });
      if (secret !== undefined)
        return secretFiles(context, { name: secret.name ?? '', items: secret.items, optional: secret.optional === true, mode });
      if (downwardAPI !== undefined) return downwardFiles(context, downwardAPI.items ?? [], mode);
      if (serviceAccountToken === undefined)
        throw new VolumeError(`projected: source ${Object.keys(source).join(', ')} is not supported`);
      const { audience, expirationSeconds, path } = serviceAccountToken;
      return [{ path, data: Buffer.from(await context.token(context.pod, audience, expirationSeconds)), mode: 0o600 }];
    }),
  );
  return lists.flat();
}

/** Without `items`, every key becomes a file of its name. */
function select(data: ReadonlyMap<string, Buffer>, { name, items, optional, mode }: Selection, kind: string): VolumeFile[] {
  if (items === undefined || items.length === 0) return [...data].map(([path, bytes]) => ({ path, data: bytes, mode }));
  return items.flatMap(({ key, path, mode: own }) => {
    const bytes = data.get(key);
    if (bytes === undefined && !optional) throw new VolumeError(`${kind} "${name}" references non-existent key: ${key}`);
    return bytes === undefined ? [] : [{ path, data: bytes, mode: own ?? mode }];
  });
}
