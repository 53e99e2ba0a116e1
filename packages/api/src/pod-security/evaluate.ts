import { baselineChecks } from './baseline-checks.js';
import { type Check, type CheckPod, checkedPod, type PodParts, type Violation } from './check.js';
import type { LevelVersion } from './level.js';
import { restrictedChecks } from './restricted-checks.js';

/** What a pod does that its level forbids, in Kubernetes' order: the baseline's controls first, each group by name. */
export function podSecurityViolations({ level, version }: LevelVersion, pod: PodParts): readonly Violation[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? Number.POSITIVE_INFINITY : version;
  const restricted = level === 'restricted' ? restrictedChecks.filter((check) => inVersion(check, minor) !== undefined) : [];
  const overridden = new Set(restricted.map(({ overrides }) => overrides));
  const checks = [...baselineChecks.filter(({ id }) => !overridden.has(id)), ...restricted];
  const checked = checkedPod(pod);
  return checks.flatMap((check) => inVersion(check, minor)?.(checked) ?? []);
}

function inVersion({ versions }: Check, minor: number): CheckPod | undefined {
  return versions.findLast(({ since }) => since <= minor)?.check;
}

/** `reason (detail), reason (detail)` */
export function violationDetails(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}

/** `reason, reason` */
export function violationReasons(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(', ');
}
