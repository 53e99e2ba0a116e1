import type { DownwardAPIVolumeFile, Volume, VolumeProjection } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { defaultVolumeSource } from './default-volume-source.js';

/** Read and write for the owner, read for the others, as Kubernetes writes it: 0644. */
const fileMode = 0o644;
const tokenSeconds = 3600;

export function defaultVolume(volume: Draft<Volume>): void {
  const { name, ...sources } = volume;
  if (name !== undefined && Object.values(sources).every((source) => source === undefined)) volume.emptyDir = {};
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (source !== undefined) source.defaultMode ??= fileMode;
  }
  defaultVolumeSource(volume);
  for (const item of volume.downwardAPI?.items ?? []) defaultReferences(item);
  for (const source of volume.projected?.sources ?? []) defaultProjection(source);
  if (volume.ephemeral?.volumeClaimTemplate?.spec !== undefined)
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ||= 'Filesystem';
}

function defaultProjection(source: Draft<VolumeProjection>): void {
  if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= tokenSeconds;
  for (const item of source.downwardAPI?.items ?? []) defaultReferences(item);
}

/** Of a file or a variable that shows something of its own pod. A divisor of 0 is how Go writes that there is none. */
export function defaultReferences({
  fieldRef,
  resourceFieldRef,
}: Pick<Draft<DownwardAPIVolumeFile>, 'fieldRef' | 'resourceFieldRef'>): void {
  if (fieldRef !== undefined) fieldRef.apiVersion ||= 'v1';
  if (resourceFieldRef !== undefined) resourceFieldRef.divisor ??= '0';
}
