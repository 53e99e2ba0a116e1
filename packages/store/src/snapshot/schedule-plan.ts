import { partSuffix } from './snapshot-file.js';

/** Whose snapshots they are, and how they should be. */
export interface SchedulePlanOptions {
  /** Hexadecimal. */
  readonly clusterId: string;
  readonly memberName: string;
  readonly intervalMs: number;
  readonly retention: number;
}

export interface SchedulePlan {
  /** 0: a snapshot is due. */
  readonly waitMs: number;
  /** Files that are no longer wanted. */
  readonly remove: readonly string[];
}

const suffix = '.snapshot';

/** `<cluster>-<time>-<member>.snapshot`; names of one cluster sort by time. */
export function snapshotName({ clusterId, memberName }: SchedulePlanOptions, wallMs: number): string {
  const time = new Date(wallMs).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${clusterId}-${time}-${memberName.replace(/[^A-Za-z0-9._-]/g, '_')}${suffix}`;
}

/**
 * What is to be done in a folder that holds `names`. Any member's snapshot counts, so that those who share a folder share
 * the work; so does one that is being written, unless its writer must have died.
 */
export function planSnapshots(names: readonly string[], options: SchedulePlanOptions, wallMs: number): SchedulePlan {
  const { intervalMs, retention } = options;
  const ours = names.flatMap((name) => parseName(name, options)).sort((a, b) => b.wallMs - a.wallMs);
  const whole = ours.filter(({ part }) => !part);
  const dead = ours.filter(({ part, wallMs: begun }) => part && begun + intervalMs <= wallMs);
  const newest = ours.find((file) => !dead.includes(file));
  // A time to come is another host's clock, or was ours: it must not hold the schedule up for longer than usual.
  const waitMs = newest === undefined ? 0 : Math.min(intervalMs, Math.max(0, newest.wallMs + intervalMs - wallMs));
  return { waitMs, remove: [...whole.slice(retention), ...dead].map(({ name }) => name) };
}

interface ParsedName {
  readonly name: string;
  readonly wallMs: number;
  readonly part: boolean;
}

function parseName(name: string, { clusterId }: SchedulePlanOptions): ParsedName[] {
  const match = /^([0-9a-f]+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-(.+)$/.exec(name);
  if (match?.[1] !== clusterId) return [];
  const [year, month, day, hour, minute, second] = match.slice(2, 8).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]; // six groups of digits
  const part = name.endsWith(suffix + partSuffix);
  if (!part && !name.endsWith(suffix)) return [];
  return [{ name, part, wallMs: Date.UTC(year, month - 1, day, hour, minute, second) }];
}
