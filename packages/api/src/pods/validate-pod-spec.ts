import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../errors/field-error.js';
import { goForm } from '../errors/go-form.js';
import type { PodResourceClaim, PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { between, oneOf, problemsOf } from '../validation/check.js';
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from '../validation/names.js';
import { validateLabels } from '../validation/object-meta.js';
import { repeated } from '../validation/repeated.js';
import { type ContainerContext, validateContainers } from './validate-containers.js';
import { validateDns, validateHostAliases } from './validate-dns.js';
import { validateEphemeralContainers } from './validate-ephemeral-containers.js';
import { validateHostNetworkPorts } from './validate-ports.js';
import { validatePodResources, validateResources } from './validate-resources.js';
import { validateAffinity, validateTolerations, validateTopologySpread } from './validate-scheduling.js';
import { validateHostUsers, validatePodSecurityContext } from './validate-security-context.js';
import { validateVolumes } from './validate-volumes.js';
import { validateForOs, validateHostProcess } from './validate-windows.js';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];
const systems = ['linux', 'windows'];
const int32Max = 2_147_483_647;
const goClaim = { Name: '', ResourceClaimName: null, ResourceClaimTemplateName: null } as const;

/** What a spec's validation has to know of a real pod. */
interface PodContext {
  readonly name: string;
  /** Whether it shows a pod that a kubelet runs by itself. */
  readonly mirror: boolean;
}

/**
 * In the order in which Kubernetes complains.
 * @param field the path of the spec: `spec`, or `spec.template.spec`
 * @param pod absent in templates
 */
export function validatePodSpec(spec: Draft<PodSpec>, field: string, pod?: PodContext): FieldError[] {
  const { volumes = [], resourceClaims = [], terminationGracePeriodSeconds: graceSeconds } = spec;
  const { errors: volumeErrors, valid } = validateVolumes(volumes, `${field}.volumes`, pod?.name);
  const context: ContainerContext = {
    volumes: valid,
    claims: new Set(resourceClaims.map(({ name = '' }) => name).filter((name) => name !== '')),
    restartPolicy: spec.restartPolicy ?? '',
    graceSeconds,
    hostUsers: spec.hostUsers ?? true,
  };
  return [
    ...(graceSeconds === undefined ? [required(`${field}.terminationGracePeriodSeconds`)] : []),
    ...volumeErrors,
    ...(pod?.mirror === true
      ? resourceClaims.map(() => forbidden('', 'static pods do not support resource claims'))
      : validateResourceClaims(resourceClaims, `${field}.resourceClaims`)),
    ...validateContainers(spec, field, context),
    ...validateEphemeralContainers(spec, `${field}.ephemeralContainers`, context),
    ...validatePodResources(spec, `${field}.resources`, context.claims),
    ...validateHostNetworkPorts(spec, field, pod !== undefined),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, restartPolicies),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, dnsPolicies),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validatePodSecurityContext(spec.securityContext, spec, `${field}.securityContext`),
    ...validateAffinity(spec.affinity, `${field}.affinity`),
    ...validateDns(spec, `${field}.dnsConfig`),
    ...validateGates(spec, field),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], `${field}.topologySpreadConstraints`),
    ...validateHostProcess(spec, field),
    ...validateHostUsers(spec, field),
    ...validateNames(spec, field),
    ...validateRest(spec, field),
    ...validateSystem(spec, field),
  ];
}

function validateResourceClaims(claims: readonly Draft<PodResourceClaim>[], field: string): FieldError[] {
  const repeats = repeated(claims.map(({ name }) => name));
  return claims.flatMap((claim, index) => {
    const at = `${field}[${index}]`;
    const { name = '', resourceClaimName: one, resourceClaimTemplateName: template } = claim;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(`${at}.name`));
    else if (repeats.has(index)) errors.push(duplicate(`${at}.name`, name));
    else errors.push(...problemsOf(`${at}.name`, name, dns1123LabelProblems(name)));
    if (one !== undefined && template !== undefined) {
      const why = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalid(at, goForm(claim, goClaim), why));
    }
    if (one === undefined && template === undefined) {
      errors.push(invalid(at, goForm(claim, goClaim), 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    }
    for (const [member, value] of Object.entries({ resourceClaimName: one, resourceClaimTemplateName: template })) {
      if (value !== undefined) errors.push(...problemsOf(`${at}.${member}`, value, dns1123SubdomainProblems(value)));
    }
    return errors;
  });
}

function validateGates({ readinessGates = [], schedulingGates = [] }: Draft<PodSpec>, field: string): FieldError[] {
  const gates = repeated(schedulingGates.map(({ name = '' }) => name));
  return [
    ...readinessGates.flatMap(({ conditionType = '' }, index) =>
      problemsOf(`${field}.readinessGates[${index}].conditionType`, conditionType, qualifiedNameProblems(conditionType)),
    ),
    ...schedulingGates.flatMap(({ name = '' }, index) => {
      const at = `${field}.schedulingGates[${index}]`;
      return [...problemsOf(at, name, qualifiedNameProblems(name)), ...(gates.has(index) ? [duplicate(at, name)] : [])];
    }),
  ];
}

function validateNames(spec: Draft<PodSpec>, field: string): FieldError[] {
  const checked = (name: 'serviceAccountName' | 'nodeName' | 'hostname' | 'subdomain', problems: (value: string) => string[]) => {
    const value = spec[name] ?? '';
    return value === '' ? [] : problemsOf(`${field}.${name}`, value, problems(value));
  };
  return [
    ...checked('serviceAccountName', dns1123SubdomainProblems),
    ...checked('nodeName', dns1123SubdomainProblems),
    ...between(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, int32Max),
    ...checked('hostname', dns1123LabelProblems),
    ...checked('subdomain', dns1123LabelProblems),
  ];
}

function validateRest(spec: Draft<PodSpec>, field: string): FieldError[] {
  const { priorityClassName = '', runtimeClassName, preemptionPolicy, overhead } = spec;
  return [
    ...validateTolerations(spec.tolerations ?? [], `${field}.tolerations`),
    ...validateHostAliases(spec.hostAliases ?? [], `${field}.hostAliases`),
    ...(priorityClassName === ''
      ? []
      : problemsOf(`${field}.priorityClassName`, priorityClassName, dns1123SubdomainProblems(priorityClassName))),
    ...(runtimeClassName === undefined
      ? []
      : problemsOf(`${field}.runtimeClassName`, runtimeClassName, dns1123SubdomainProblems(runtimeClassName))),
    ...(preemptionPolicy === undefined ? [] : oneOf(`${field}.preemptionPolicy`, preemptionPolicy, preemptionPolicies)),
    ...(overhead === undefined ? [] : validateResources({ limits: overhead }, `${field}.overhead`, new Set())),
  ];
}

function validateSystem(spec: Draft<PodSpec>, field: string): FieldError[] {
  if (spec.os === undefined) return [];
  const { name = '' } = spec.os;
  if (name === '') return [required(`${field}.os.name`, 'cannot be empty')];
  return systems.includes(name) ? validateForOs(spec, field) : [notSupported(`${field}.os`, name, systems)];
}
