import { duplicate, type FieldError, forbidden, invalid, required } from '../errors/field-error.js';
import type { Container, ContainerResizePolicy, Lifecycle, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { oneOf, problemsOf } from '../validation/check.js';
import { dns1123LabelProblems } from '../validation/names.js';
import { repeated } from '../validation/repeated.js';
import { validateEnv, validateEnvFrom } from './validate-env.js';
import { type Volumes, validateDevices, validateMounts } from './validate-mounts.js';
import { hostPortConflicts, validateContainerPorts } from './validate-ports.js';
import { validateHandler, validateProbe } from './validate-probe.js';
import { validateResources } from './validate-resources.js';
import { validateSecurityContext } from './validate-security-context.js';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];
const resizePolicies = ['NotRequired', 'RestartContainer'];
const resizable = ['cpu', 'memory'];
const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;

/** What a container's validation has to know of its pod. */
export interface ContainerContext {
  readonly volumes: Volumes;
  readonly claims: ReadonlySet<string>;
  readonly restartPolicy: string;
  readonly graceSeconds: number | undefined;
  readonly hostUsers: boolean;
}

/** @param field the path of the pod's spec */
export function validateContainers(spec: Draft<PodSpec>, field: string, context: ContainerContext): FieldError[] {
  const { containers = [], initContainers = [] } = spec;
  return [
    ...validateRegular(containers, `${field}.containers`, context),
    ...validateInit(initContainers, new Set(containers.map(({ name = '' }) => name)), `${field}.initContainers`, context),
  ];
}

function validateRegular(containers: readonly Draft<Container>[], field: string, context: ContainerContext): FieldError[] {
  if (containers.length === 0) return [required(field)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const { name = '' } = container;
    const all = validateCommon(container, at, context);
    if (names.has(name)) all.push(duplicate(`${at}.name`, name));
    names.add(name);
    return [...all, ...validateRunning(container, at, context)];
  });
  return [...errors, ...hostPortConflicts(containers, field)];
}

function validateInit(
  containers: readonly Draft<Container>[],
  names: Set<string>,
  field: string,
  context: ContainerContext,
): FieldError[] {
  return containers.flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const { name = '', restartPolicy } = container;
    const errors = validateCommon(container, at, context);
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else if (name !== '') names.add(name);
    errors.push(...hostPortConflicts([container], field));
    if (restartPolicy === 'Always') return [...errors, ...validateRunning(container, at, context)];
    // What makes sense only for a container that goes on running.
    const foreign = (['lifecycle', ...probes] as const).filter((member) => container[member] !== undefined);
    const why = 'may not be set for init containers without restartPolicy=Always';
    return [...errors, ...foreign.map((member) => forbidden(`${at}.${member}`, why))];
  });
}

/** What holds for containers of every sort, ephemeral ones too. */
export function validateCommon(container: Draft<Container>, at: string, context: ContainerContext): FieldError[] {
  const { name = '', image = '', terminationMessagePolicy } = container;
  return [
    ...(name === '' ? [required(`${at}.name`)] : problemsOf(`${at}.name`, name, dns1123LabelProblems(name))),
    ...(image === '' ? [required(`${at}.image`)] : []),
    ...oneOf(`${at}.terminationMessagePolicy`, terminationMessagePolicy, messagePolicies),
    ...validateContainerPorts(container.ports ?? [], `${at}.ports`),
    ...validateEnv(container.env ?? [], `${at}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${at}.envFrom`),
    ...validateMounts(container, context.volumes, `${at}.volumeMounts`),
    ...validateDevices(container, context.volumes, `${at}.volumeDevices`),
    ...oneOf(`${at}.imagePullPolicy`, container.imagePullPolicy, pullPolicies),
    ...validateResources(container.resources, `${at}.resources`, context.claims),
    ...validateResizePolicies(container.resizePolicy ?? [], `${at}.resizePolicy`, context.restartPolicy),
    ...validateSecurityContext(container.securityContext, `${at}.securityContext`, context.hostUsers),
  ];
}

/** The paths lack an index, as they do in Kubernetes. */
function validateResizePolicies(
  policies: readonly Draft<ContainerResizePolicy>[],
  field: string,
  podRestartPolicy: string,
): FieldError[] {
  const repeats = repeated(policies.map(({ resourceName }) => resourceName));
  return policies.flatMap(({ resourceName = '', restartPolicy = '' }, index) => [
    ...(repeats.has(index) ? [duplicate(`${field}[${index}]`, resourceName)] : []),
    ...oneOf(field, resourceName, resizable),
    ...oneOf(field, restartPolicy, resizePolicies),
    ...(podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired'
      ? [invalid(field, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'")]
      : []),
  ]);
}

function validateRunning(container: Draft<Container>, at: string, { graceSeconds }: ContainerContext): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, `${at}.lifecycle`, graceSeconds),
    ...probes.flatMap((kind) => validateProbe(container[kind], kind, at)),
  ];
}

function validateLifecycle(lifecycle: Draft<Lifecycle> = {}, field: string, graceSeconds: number | undefined): FieldError[] {
  return (['postStart', 'preStop'] as const).flatMap((name) => {
    const handler = lifecycle[name];
    return handler === undefined ? [] : validateHandler(handler, `${field}.${name}`, graceSeconds);
  });
}

/** Only real pods: templates may hold an image that is no more than a mark. */
export function validateImageSpace({ image = '' }: Draft<Container>, at: string): FieldError[] {
  return image === image.trim() ? [] : [invalid(`${at}.image`, image, 'must not have leading or trailing whitespace')];
}
