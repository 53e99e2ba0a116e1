import { type Check, type CheckPod, containerCheck, named, plural, quoted, setters, sorted, unlessWindows } from './check.js';
import { seccompProfile } from './profile-checks.js';

const escalation = containerCheck(
  'allowPrivilegeEscalation != false',
  ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
  (bad) => `${named(bad)} must set securityContext.allowPrivilegeEscalation=false`,
);

const capabilities: CheckPod = ({ containers }) => {
  const added = ({ securityContext }: (typeof containers)[number]) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  const keeping = containers.filter(({ securityContext }) => !(securityContext?.capabilities?.drop ?? []).includes('ALL'));
  const adding = containers.filter((container) => added(container).length > 0);
  if (keeping.length === 0 && adding.length === 0) return undefined;
  const details = [
    ...(keeping.length === 0 ? [] : [`${named(keeping)} must set securityContext.capabilities.drop=["ALL"]`]),
    ...(adding.length === 0
      ? []
      : [`${named(adding)} must not include ${quoted(sorted(adding.flatMap(added)))} in securityContext.capabilities.add`]),
  ];
  return { reason: 'unrestricted capabilities', detail: details.join('; ') };
};

/** Volumes that hold nothing of the node's. */
const harmlessVolumes: ReadonlySet<string> = new Set([
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'],
]);

const volumes: CheckPod = ({ spec }) => {
  const typeOf = (volume: object) => Object.entries(volume).find(([key, value]) => key !== 'name' && value !== undefined)?.[0];
  const bad = (spec.volumes ?? []).filter((volume) => !harmlessVolumes.has(typeOf(volume) ?? 'unknown'));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map((volume) => typeOf(volume) ?? 'unknown'));
  const who = `${plural('volume', bad.length)} ${quoted(bad.map(({ name = '' }) => name))}`;
  const what = `${plural('uses', bad.length, 'use')} ${plural('restricted volume type', types.length)} ${quoted(types)}`;
  return { reason: 'restricted volume types', detail: `${who} ${what}` };
};

const runAsNonRoot: CheckPod = ({ spec, containers }) => {
  const ofPod = spec.securityContext?.runAsNonRoot;
  const explicit = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === false);
  const reason = 'runAsNonRoot != true';
  if (ofPod === false || explicit.length > 0) {
    return { reason, detail: `${setters(ofPod === false, explicit)} must not set securityContext.runAsNonRoot=false` };
  }
  const without = containers.filter(({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (ofPod === true || without.length === 0) return undefined;
  return { reason, detail: `pod or ${named(without)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: CheckPod = ({ spec, containers }) => {
  const byPod = spec.securityContext?.runAsUser === 0;
  const bad = containers.filter(({ securityContext }) => securityContext?.runAsUser === 0);
  if (!byPod && bad.length === 0) return undefined;
  return { reason: 'runAsUser=0', detail: `${setters(byPod, bad)} must not set runAsUser=0` };
};

/** What good practice asks of a pod on top of the baseline. */
export const restrictedChecks: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    versions: [
      { since: 8, check: escalation },
      { since: 25, check: unlessWindows(escalation) },
    ],
  },
  {
    id: 'capabilities_restricted',
    overrides: 'capabilities_baseline',
    versions: [
      { since: 22, check: capabilities },
      { since: 25, check: unlessWindows(capabilities) },
    ],
  },
  { id: 'restrictedVolumes', overrides: 'hostPathVolumes', versions: [{ since: 0, check: volumes }] },
  { id: 'runAsNonRoot', versions: [{ since: 0, check: runAsNonRoot }] },
  { id: 'runAsUser', versions: [{ since: 23, check: runAsUser }] },
  {
    id: 'seccompProfile_restricted',
    overrides: 'seccompProfile_baseline',
    versions: [
      { since: 19, check: seccompProfile(true) },
      { since: 25, check: unlessWindows(seccompProfile(true)) },
    ],
  },
];
