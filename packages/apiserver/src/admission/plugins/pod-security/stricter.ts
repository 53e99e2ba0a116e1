import { compareLevels, type LevelVersion, sameLevelVersion } from '@flotilla/api';

/** Whether pods that passed before may fail now. Of another version one cannot tell. */
export function isStricter(now: LevelVersion, before: LevelVersion): boolean {
  if (sameLevelVersion(now, before) || now.level === 'privileged') return false;
  return now.version !== before.version || compareLevels(now.level, before.level) > 0;
}
