/** The first release of each line whose answers to progress requests come after the events that they speak of. */
const mendedIn: Readonly<Record<string, number>> = { '3.4': 31, '3.5': 13 };

/** @param version of the server, such as `3.4.23`; what is no version is mistrusted */
export function answersProgressInOrder(version: string): boolean {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  const line = `${major}.${minor}`;
  if (line in mendedIn) return Number(patch) >= Number(mendedIn[line]);
  return Number(major) > 3 || (Number(major) === 3 && Number(minor) > 5);
}
