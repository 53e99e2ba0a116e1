/** Types of volumes that nothing serves any more, each with its name in the message and what it says. */
const deprecated = {
  photonPersistentDisk: ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  gitRepo: ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  scaleIO: ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  flocker: ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  storageos: ['storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  quobyte: ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  glusterfs: ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  cephfs: ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  rbd: ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
} as const;

type Deprecated = keyof typeof deprecated;

export const deprecatedVolumes = Object.keys(deprecated) as readonly Deprecated[];

/** @param types those that a volume of this sort is warned of, if it is one */
export function warnOfVolumeTypes<T extends Deprecated>(
  volume: { readonly [Type in T]?: unknown },
  at: string,
  types: readonly T[],
): string[] {
  return types.flatMap((type) => (volume[type] === undefined ? [] : [`${at}.${deprecated[type][0]}: ${deprecated[type][1]}`]));
}
