import type { Volume, VolumeProjection } from '../generated/types.js';
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
  for (const item of volume.downwardAPI?.items ?? []) defaultFieldRef(item.fieldRef);
  for (const source of volume.projected?.sources ?? []) defaultProjection(source);
  if (volume.ephemeral?.volumeClaimTemplate?.spec !== undefined)
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ||= 'Filesystem';
}

function defaultProjection(source: Draft<VolumeProjection>): void {
  if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= tokenSeconds;
  for (const item of source.downwardAPI?.items ?? []) defaultFieldRef(item.fieldRef);
}

function defaultFieldRef(fieldRef: { apiVersion?: string | undefined } | undefined): void {
  if (fieldRef !== undefined) fieldRef.apiVersion ||= 'v1';
}
