import { type FieldError, forbidden } from '../errors/field-error.js';
import type { ContainerStatus, PodSpec, PodStatus } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { between } from '../validation/check.js';
import { statusLists } from './visit-containers.js';

const idMax = 2_147_483_647;

/** As whom a container's first process runs is told in the terms of the pod's operating system. */
function validateContainerUsers(statuses: readonly Draft<ContainerStatus>[], field: string, system: string): FieldError[] {
  return statuses.flatMap(({ user }, index) => {
    const at = `${field}[${index}].user.linux`;
    const { linux } = user ?? {};
    if (linux === undefined) return [];
    if (system === 'windows') return [forbidden(at, 'cannot be set for a windows pod')];
    if (system !== 'linux') return [];
    return [
      ...between(`${at}.uid`, linux.uid, 0, idMax),
      ...between(`${at}.gid`, linux.gid, 0, idMax),
      ...(linux.supplementalGroups ?? []).flatMap((group, place) =>
        between(`${at}.supplementalGroups[${place}]`, group, 0, idMax),
      ),
    ];
  });
}

type StatusList = (typeof statusLists)[number];

export function validateAllUsers(status: Draft<PodStatus>, spec: PodSpec): FieldError[] {
  return statusLists.flatMap((name) => validateContainerUsers(status[name] ?? [], `status.${name}`, spec.os?.name ?? 'linux'));
}

/** Containers that have ended for good do not run again. */
export function validateEnds(now: Draft<PodStatus>, before: PodStatus, spec: PodSpec): FieldError[] {
  const sidecars = new Set(
    (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const mayRun: Readonly<Record<StatusList, (old: ContainerStatus) => boolean>> = {
    containerStatuses: (old) => restarts(old, spec.restartPolicy),
    initContainerStatuses: (old) => restarts(old, spec.restartPolicy) || sidecars.has(old.name),
    ephemeralContainerStatuses: () => false,
  };
  return statusLists.flatMap((name) => {
    const alive = new Set((now[name] ?? []).filter(({ state }) => state?.terminated === undefined).map((one) => one.name));
    return (before[name] ?? []).flatMap((old: ContainerStatus, index) => {
      if (old.state?.terminated === undefined || mayRun[name](old) || !alive.has(old.name)) return [];
      return [forbidden(`status.${name}[${index}].state`, 'may not be transitioned to non-terminated state')];
    });
  });
}

function restarts({ state }: ContainerStatus, restartPolicy: string | undefined): boolean {
  return restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && state?.terminated?.exitCode !== 0);
}
