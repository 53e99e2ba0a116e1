import { duplicate, type FieldError, forbidden, invalid, notFound, required } from '../errors/field-error.js';
import type { Container, PodSpec, VolumeMount } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { isEmpty, oneOf, problemsOf } from '../validation/check.js';
import { dns1123LabelProblems } from '../validation/names.js';
import { validateEnv, validateEnvFrom } from './validate-env.js';
import { hostPortConflicts, validateContainerPorts } from './validate-ports.js';
import { validateHandler, validateProbe } from './validate-probe.js';
import { validateResources } from './validate-resources.js';

/** The containers and init containers of a pod; `field` is the path of its spec. */
export function validateContainers(spec: Draft<PodSpec>, field: string): FieldError[] {
  const { containers = [], initContainers = [] } = spec;
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name ?? ''));
  const names = new Set<string>();
  const errors: FieldError[] = [];
  const check = (list: readonly Draft<Container>[], path: string, init: boolean) => {
    for (const [index, container] of list.entries()) {
      const at = `${path}[${index}]`;
      errors.push(...validateContainer(container, at, volumes, spec.hostNetwork === true));
      const { name = '' } = container;
      if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
      if (init) errors.push(...validateInitContainer(container, at));
    }
    errors.push(...hostPortConflicts(list, path));
  };
  if (containers.length === 0) errors.push(required(`${field}.containers`));
  check(containers, `${field}.containers`, false);
  check(initContainers, `${field}.initContainers`, true);
  return errors;
}

function validateContainer(
  container: Draft<Container>,
  at: string,
  volumes: ReadonlySet<string>,
  hostNetwork: boolean,
): FieldError[] {
  const { name = '', image = '' } = container;
  return [
    ...(name === '' ? [required(`${at}.name`)] : problemsOf(`${at}.name`, name, dns1123LabelProblems(name))),
    ...(image === '' ? [required(`${at}.image`)] : []),
    ...(image === image.trim() ? [] : [invalid(`${at}.image`, image, 'must not have leading or trailing whitespace')]),
    ...validateLifecycle(container.lifecycle, `${at}.lifecycle`),
    ...validateProbe(container.livenessProbe, `${at}.livenessProbe`, 'once'),
    ...validateProbe(container.readinessProbe, `${at}.readinessProbe`, 'any'),
    ...validateProbe(container.startupProbe, `${at}.startupProbe`, 'once'),
    ...(isEmpty(container.terminationMessagePath) ? [required(`${at}.terminationMessagePath`)] : []),
    ...validateTerminationMessagePolicy(container.terminationMessagePolicy, `${at}.terminationMessagePolicy`),
    ...validateContainerPorts(container.ports ?? [], `${at}.ports`, hostNetwork),
    ...validateEnv(container.env ?? [], `${at}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${at}.envFrom`),
    ...validateMounts(container.volumeMounts ?? [], `${at}.volumeMounts`, volumes),
    ...oneOf(`${at}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validateResources(container.resources, `${at}.resources`),
  ];
}

function validateLifecycle(lifecycle: Draft<Container>['lifecycle'], field: string): FieldError[] {
  return [
    ...(lifecycle?.postStart === undefined ? [] : validateHandler(lifecycle.postStart, `${field}.postStart`)),
    ...(lifecycle?.preStop === undefined ? [] : validateHandler(lifecycle.preStop, `${field}.preStop`)),
  ];
}

function validateTerminationMessagePolicy(policy: string | undefined, field: string): FieldError[] {
  if (policy === undefined || policy === '') return [required(field)];
  if (policy === 'File' || policy === 'FallbackToLogsOnError') return [];
  return [invalid(field, policy, "must be 'File' or 'FallbackToLogsOnError'")];
}

function validateMounts(mounts: readonly Draft<VolumeMount>[], field: string, volumes: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = [];
  const paths = new Set<string>();
  for (const [index, { name = '', mountPath = '', subPath = '' }] of mounts.entries()) {
    const at = `${field}[${index}]`;
    if (name === '') errors.push(required(`${at}.name`));
    else if (!volumes.has(name)) errors.push(notFound(`${at}.name`, name));
    if (mountPath === '') errors.push(required(`${at}.mountPath`));
    else if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (subPath.startsWith('/')) errors.push(invalid(`${at}.subPath`, subPath, 'must be a relative path'));
    if (subPath.split('/').includes('..')) errors.push(invalid(`${at}.subPath`, subPath, "must not contain '..'"));
  }
  return errors;
}

/** What makes sense only for a container that goes on running. */
function validateInitContainer(container: Draft<Container>, at: string): FieldError[] {
  if (container.restartPolicy === 'Always') return [];
  const errors: FieldError[] = [];
  if (!isEmpty(container.restartPolicy)) errors.push(...oneOf(`${at}.restartPolicy`, container.restartPolicy, ['Always']));
  for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
    if (container[name] !== undefined) {
      errors.push(forbidden(`${at}.${name}`, 'may not be set for init containers without restartPolicy=Always'));
    }
  }
  return errors;
}
