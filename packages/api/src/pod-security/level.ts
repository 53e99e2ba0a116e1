import { type FieldError, invalid } from '../errors/field-error.js';

export type PodSecurityLevel = 'privileged' | 'baseline' | 'restricted';

/** A level as it was in one release of Kubernetes. */
export interface LevelVersion {
  readonly level: PodSecurityLevel;
  /** The minor release of Kubernetes 1: 34, or `latest`. */
  readonly version: number | 'latest';
}

/** What a namespace's labels ask of its pods. */
export interface PodSecurityPolicy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const strictness: readonly string[] = ['privileged', 'baseline', 'restricted'] satisfies PodSecurityLevel[];
const prefix = 'pod-security.kubernetes.io/';
const unrestricted: LevelVersion = { level: 'privileged', version: 'latest' };

/** What holds in namespaces that say nothing. */
const defaultPodSecurity: PodSecurityPolicy = { enforce: unrestricted, audit: unrestricted, warn: unrestricted };

/** `restricted:latest`, `baseline:v1.30` */
export function levelVersionText({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`;
}

export function sameLevelVersion(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.version === b.version;
}

/** Negative, zero or positive: whether `a` is laxer than `b`, as strict, or stricter. */
export function compareLevels(a: PodSecurityLevel, b: PodSecurityLevel): number {
  return strictness.indexOf(a) - strictness.indexOf(b);
}

/**
 * Reads the labels `pod-security.kubernetes.io/…` of a namespace. What cannot be read is enforced as restricted, and
 * neither audited nor warned of. Who enforces a level and says nothing of warnings is warned of the same level.
 */
export function podSecurityPolicyOf(labels: Readonly<Record<string, string | undefined>> = {}): {
  readonly policy: PodSecurityPolicy;
  readonly errors: readonly FieldError[];
} {
  const modes = ['enforce', 'audit', 'warn'] as const;
  if (!modes.some((mode) => `${prefix}${mode}` in labels || `${prefix}${mode}-version` in labels)) {
    return { policy: defaultPodSecurity, errors: [] };
  }
  const errors: FieldError[] = [];
  const read = (mode: (typeof modes)[number], unreadable: PodSecurityLevel): LevelVersion => ({
    level: readLevel(labels, `${prefix}${mode}`, unreadable, errors),
    version: readVersion(labels, `${prefix}${mode}-version`, errors),
  });
  const enforce = read('enforce', 'restricted');
  const audit = read('audit', 'privileged');
  const readable = labels[`${prefix}enforce`] === enforce.level;
  const warn = read('warn', 'privileged');
  const implied = readable && labels[`${prefix}warn`] === undefined && compareLevels(enforce.level, warn.level) > 0;
  if (!implied) return { policy: { enforce, audit, warn }, errors };
  const version = labels[`${prefix}warn-version`] === undefined ? enforce.version : warn.version;
  return { policy: { enforce, audit, warn: { level: enforce.level, version } }, errors };
}

type Labels = Readonly<Record<string, string | undefined>>;

function readLevel(labels: Labels, name: string, unreadable: PodSecurityLevel, errors: FieldError[]): PodSecurityLevel {
  const text = labels[name];
  if (text === undefined) return 'privileged';
  if (strictness.includes(text)) return text as PodSecurityLevel; // the list has nothing else
  errors.push(invalid(`metadata.labels[${name}]`, text, `must be one of ${strictness.join(', ')}`));
  return unreadable;
}

function readVersion(labels: Labels, name: string, errors: FieldError[]): LevelVersion['version'] {
  const text = labels[name];
  if (text === undefined || text === 'latest') return 'latest';
  const minor = /^v1\.(0|[1-9]\d{0,5})$/.exec(text)?.[1];
  if (minor !== undefined) return Number(minor);
  errors.push(invalid(`metadata.labels[${name}]`, text, 'must be "latest" or "v1.x"'));
  return 'latest';
}
