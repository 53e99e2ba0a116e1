import type { Volume, VolumeProjection } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { deprecatedVolumes, warnOfVolumeTypes } from './deprecated-volumes.js';
import { warnOfFractions } from './warn-of-containers.js';

/** @param at the path of the list */
export function warnOfVolumes(volumes: readonly Draft<Volume>[], at: string): string[] {
  return [
    ...volumes.flatMap((volume, index) => warnOfVolume(volume, `${at}[${index}]`)),
    ...volumes.flatMap((volume) => warnOfPaths(volume)),
  ];
}

function warnOfVolume(volume: Draft<Volume>, at: string): string[] {
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec?.resources;
  return [
    ...warnOfVolumeTypes(volume, at, deprecatedVolumes),
    ...warnOfFractions(claim?.requests, ['storage'], `${at}.ephemeral.volumeClaimTemplate.spec.resources.requests`),
    ...warnOfFractions(claim?.limits, ['storage'], `${at}.ephemeral.volumeClaimTemplate.spec.resources.limits`),
  ];
}

/** Each is compared with all before it, and a request can hold tens of thousands: more than these nobody reads about. */
const filesMax = 64;

/** A file of a volume, and where its content comes from, where there is more than one source. */
interface File {
  readonly path: string;
  readonly source: string;
}

function warnOfPaths({ name = '', configMap, secret, downwardAPI, projected }: Draft<Volume>): string[] {
  const volume = () => `volume ${JSON.stringify(name)}`;
  const warn = (what: string, files: readonly File[], of?: string) =>
    overlaps(files).map(
      (overlap) => `${volume()} (${what}${of === undefined ? '' : ` ${JSON.stringify(of)}`}): overlapping paths: ${overlap}`,
    );
  const sources = projected?.sources ?? [];
  const empty = sources.filter((source) => Object.values(source).every((one) => one === undefined));
  return [
    ...warn('ConfigMap', filesOf(configMap?.items, ''), configMap?.name ?? ''),
    ...warn('Secret', filesOf(secret?.items, ''), secret?.secretName ?? ''),
    ...warn('DownwardAPI', filesOf(downwardAPI?.items, '')),
    ...empty.map(() => `${volume()} (Projected) has no sources provided`),
    ...warn('Projected', sources.flatMap(filesOfSource)),
  ];
}

function filesOfSource({ configMap, secret, downwardAPI, serviceAccountToken }: Draft<VolumeProjection>): File[] {
  if (configMap?.items !== undefined) return filesOf(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? '')}`);
  if (secret?.items !== undefined) return filesOf(secret.items, `Secret ${JSON.stringify(secret.name ?? '')}`);
  if (downwardAPI?.items !== undefined) return filesOf(downwardAPI.items, 'DownwardAPI');
  return serviceAccountToken === undefined ? [] : filesOf([serviceAccountToken], 'ServiceAccountToken');
}

function filesOf(items: readonly { readonly path?: string | undefined }[] = [], source: string): File[] {
  return items.map(({ path = '' }) => ({ path: path.replace(/(?<!\/)\/+$/, ''), source }));
}

/** Pairs of which one is, or lies below, the other. */
function overlaps(files: readonly File[]): string[] {
  return files.slice(0, filesMax).flatMap((file, index) =>
    files
      .slice(0, index)
      .filter(({ path }) => path !== '' && file.path !== '' && isWithin(path, file.path))
      .map((other) => `${fileText(file)} with ${fileText(other)}`),
  );
}

function isWithin(a: string, b: string): boolean {
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function fileText({ path, source }: File): string {
  return source === '' ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
}
