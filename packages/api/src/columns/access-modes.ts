const shortForms: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

/** `RWO,RWX`: always in the same order. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return shortForms.flatMap(([mode, short]) => (modes?.includes(mode) === true ? [short] : [])).join(',');
}
