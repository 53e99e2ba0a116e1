import { type FieldError, forbidden, invalid } from '../errors/field-error.js';
import type { AppArmorProfile, ObjectMeta, Pod, PodSpec, SeccompProfile } from '../generated/types.js';
import { equalJson } from '../json.js';
import type { Draft } from '../objects.js';
import { descendingPath } from './paths.js';
import { validateAppArmor } from './validate-security-context.js';
import { containersWithPaths } from './visit-containers.js';

/** How profiles were asked for before there were fields for them. Those of single containers end with the container's name. */
export const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
export const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
export const appArmorContainer = 'container.apparmor.security.beta.kubernetes.io/';
const localhost = 'localhost/';

/** @param field the path of the annotations */
export function validateProfileAnnotations(
  { annotations = {} }: Draft<ObjectMeta>,
  spec: Draft<PodSpec>,
  field: string,
): FieldError[] {
  const names = new Set(containersWithPaths(spec, '').map(([{ name = '' }]) => name));
  const entries = Object.entries(annotations).map(([key, value = '']) => [key, value] as const);
  return [
    ...entries.flatMap(([key, value]) =>
      key === seccompPod || key.startsWith(seccompContainer) ? validateSeccompText(value, `${field}.${key}`) : [],
    ),
    ...entries.flatMap(([key, value]) => {
      if (!key.startsWith(appArmorContainer)) return [];
      const container = key.slice(appArmorContainer.length);
      const known = ['', 'runtime/default', 'unconfined'].includes(value) || value.startsWith(localhost);
      return [
        ...(names.has(container) ? [] : [invalid(`${field}[${key}]`, container, 'container not found')]),
        ...(known ? [] : [invalid(`${field}[${key}]`, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`)]),
      ];
    }),
  ];
}

function validateSeccompText(text: string, field: string): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(text)) return [];
  if (text.startsWith(localhost)) return descendingPath(text.slice(localhost.length), field);
  return [invalid(field, text, 'must be a valid seccomp profile')];
}

/** Who says it both ways must say the same: of new pods, and of templates. @param field the path of the spec */
export function validateProfilesMatch(
  { annotations = {} }: Draft<ObjectMeta>,
  spec: Draft<PodSpec>,
  field: string,
): FieldError[] {
  const all = containersWithPaths(spec, field);
  const ofPod = spec.securityContext;
  return [
    ...validateMatch('seccomp', annotations[seccompPod], ofPod?.seccompProfile, `${field}.securityContext.seccompProfile`),
    ...all.flatMap(([{ name = '', securityContext }, at]) =>
      validateMatch(
        'seccomp',
        annotations[`${seccompContainer}${name}`],
        securityContext?.seccompProfile,
        `${at}.securityContext.seccompProfile`,
      ),
    ),
    ...(spec.os?.name === 'windows' ? [] : all).flatMap(([{ name = '', securityContext }, at]) =>
      validateMatch(
        'apparmor',
        annotations[`${appArmorContainer}${name}`],
        securityContext?.appArmorProfile ?? ofPod?.appArmorProfile,
        `${at}.securityContext.appArmorProfile`,
      ),
    ),
  ];
}

type Profile = Draft<SeccompProfile> | Draft<AppArmorProfile>;

function validateMatch(
  what: 'seccomp' | 'apparmor',
  annotation: string | undefined,
  profile: Profile | undefined,
  at: string,
): FieldError[] {
  if (annotation === undefined || profile === undefined) return [];
  const texts: Readonly<Record<string, readonly string[]>> = {
    Unconfined: ['unconfined'],
    RuntimeDefault: what === 'seccomp' ? ['runtime/default', 'docker/default'] : ['runtime/default'],
  };
  const { type = '', localhostProfile } = profile;
  const local = type === 'Localhost';
  const agrees = local ? annotation.startsWith(localhost) : (texts[type]?.includes(annotation) ?? true);
  if (!agrees) return [forbidden(`${at}.type`, `${what} type in annotation and field must match`)];
  if (!local || annotation.slice(localhost.length) === localhostProfile) return [];
  return [forbidden(`${at}.localhostProfile`, `${what} profile in annotation and field must match`)];
}

/** A new pod whose containers ask for AppArmor by annotation alone gets the fields too, as far as its own does not say so. */
export function adoptAppArmorAnnotations({ metadata, spec = {} }: Draft<Pod>): void {
  if (spec.os?.name === 'windows') return;
  for (const [container] of containersWithPaths(spec, '')) {
    const profile = appArmorOf(metadata?.annotations?.[`${appArmorContainer}${container.name ?? ''}`]);
    if (profile === undefined || container.securityContext?.appArmorProfile !== undefined) continue;
    if (validateAppArmor(profile, '').length > 0 || equalJson(profile, spec.securityContext?.appArmorProfile)) continue;
    container.securityContext = { ...container.securityContext, appArmorProfile: profile };
  }
}

export function appArmorOf(annotation: string | undefined): Draft<AppArmorProfile> | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (annotation === undefined || !annotation.startsWith(localhost) || annotation === localhost) return undefined;
  return { type: 'Localhost', localhostProfile: annotation.slice(localhost.length) };
}
