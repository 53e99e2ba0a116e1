import type { Container, SELinuxOptions } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { type CheckPod, named, plural, quoted, setters, sorted } from './check.js';

/** Checks of what confines a container beside its namespaces: AppArmor, SELinux, seccomp. */

const confined: ReadonlySet<string> = new Set(['RuntimeDefault', 'Localhost']);
const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

export const appArmorProfile: CheckPod = ({ annotations, spec, containers }) => {
  const typeOf = (context: { readonly appArmorProfile?: { type?: string | undefined } | undefined } | undefined) => {
    const type = context?.appArmorProfile === undefined ? undefined : (context.appArmorProfile.type ?? '');
    return type === undefined || confined.has(type) ? undefined : type;
  };
  const ofPod = typeOf(spec.securityContext);
  const bad = containers.filter(({ securityContext }) => typeOf(securityContext) !== undefined);
  const values = sorted([
    ...(ofPod === undefined ? [] : [ofPod]),
    ...bad.map(({ securityContext }) => typeOf(securityContext) ?? ''),
  ]);
  const annotated = Object.entries(annotations)
    .filter(([key, value = '']) => key.startsWith(appArmorPrefix) && !/^$|^runtime\/default$|^localhost\//.test(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const all = [...values, ...annotated];
  if (all.length === 0) return undefined;
  const who = setters(ofPod !== undefined, bad);
  const by = [...(who === '' ? [] : [who]), ...(annotated.length === 0 ? [] : [plural('annotation', annotated.length)])];
  return {
    reason: plural('forbidden AppArmor profile', all.length),
    detail: `${by.join(' and ')} must not set AppArmor profile type to ${quoted(all)}`,
  };
};

export function selinuxOptions(allowedTypes: readonly string[]): CheckPod {
  return ({ spec, containers }) => {
    const types = new Set<string>();
    let user = false;
    let role = false;
    const isBad = (options: Draft<SELinuxOptions> | undefined) => {
      const badType = (options?.type ?? '') !== '' && !allowedTypes.includes(options?.type ?? '');
      if (badType) types.add(options?.type ?? '');
      const badUser = (options?.user ?? '') !== '';
      const badRole = (options?.role ?? '') !== '';
      user ||= badUser;
      role ||= badRole;
      return badType || badUser || badRole;
    };
    const byPod = isBad(spec.securityContext?.seLinuxOptions);
    const bad = containers.filter(({ securityContext }) => isBad(securityContext?.seLinuxOptions));
    if (!byPod && bad.length === 0) return undefined;
    const what = [
      ...(types.size === 0 ? [] : [`${plural('type', types.size)} ${quoted(sorted(types))}`]),
      ...(user ? ['user may not be set'] : []),
      ...(role ? ['role may not be set'] : []),
    ];
    return {
      reason: 'seLinuxOptions',
      detail: `${setters(byPod, bad)} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}`,
    };
  };
}

/** Before 1.19 profiles were named in annotations. */
export const seccompAnnotations: CheckPod = ({ annotations, containers }) => {
  const keys = [seccompPod, ...containers.map(({ name = '' }) => `${seccompContainerPrefix}${name}`)];
  const bad = sorted(
    keys.flatMap((key) => {
      const value = annotations[key];
      if (value === undefined || /^(?:runtime|docker)\/default$|^localhost\//.test(value)) return [];
      return [`${key}=${JSON.stringify(value)}`];
    }),
  );
  if (bad.length === 0) return undefined;
  return { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', bad.length)} ${bad.join(', ')}` };
};

/** @param required whether every container has to have a profile, of its own or of its pod */
export function seccompProfile(required: boolean): CheckPod {
  return ({ spec, containers }) => {
    const profileOf = (context: Draft<Container>['securityContext'] | typeof spec.securityContext) => context?.seccompProfile;
    const ofPod = profileOf(spec.securityContext);
    const badPod = ofPod !== undefined && !confined.has(ofPod.type ?? '');
    const bad = containers.filter(({ securityContext }) => {
      const profile = profileOf(securityContext);
      return profile !== undefined && !confined.has(profile.type ?? '');
    });
    if (badPod || bad.length > 0) {
      const types = [
        ...(badPod ? [ofPod.type ?? ''] : []),
        ...bad.map((container) => profileOf(container.securityContext)?.type ?? ''),
      ];
      const detail = `${setters(badPod, bad)} must not set securityContext.seccompProfile.type to ${quoted(sorted(types))}`;
      return { reason: 'seccompProfile', detail };
    }
    const without = containers.filter(({ securityContext }) => profileOf(securityContext) === undefined);
    if (!required || ofPod !== undefined || without.length === 0) return undefined;
    const detail = `pod or ${named(without)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
    return { reason: 'seccompProfile', detail };
  };
}
