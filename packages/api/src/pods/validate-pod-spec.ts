import { type FieldError, required } from '../errors/field-error.js';
import type { PodSpec } from '../generated/types.js';
import type { Draft } from '../objects.js';
import { between, isEmpty, nonNegative, oneOf, problemsOf } from '../validation/check.js';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../validation/names.js';
import { validateLabels } from '../validation/object-meta.js';
import { validateContainers } from './validate-containers.js';
import { validateAffinity, validateTolerations, validateTopologySpread } from './validate-scheduling.js';
import { validateVolumes } from './validate-volumes.js';

const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const int32Max = 2_147_483_647;

/** @param field the path of the spec: `spec`, or `spec.template.spec` */
export function validatePodSpec(spec: Draft<PodSpec>, field: string): FieldError[] {
  return [
    ...validateVolumes(spec.volumes ?? [], `${field}.volumes`),
    ...validateContainers(spec, field),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, dnsPolicies),
    ...validateDns(spec, field),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validateNames(spec, field),
    ...nonNegative(`${field}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds),
    ...between(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, int32Max),
    ...validateTolerations(spec.tolerations ?? [], `${field}.tolerations`),
    ...validateAffinity(spec.affinity, `${field}.affinity`),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], `${field}.topologySpreadConstraints`),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
      isEmpty(name) ? [required(`${field}.imagePullSecrets[${index}].name`)] : [],
    ),
  ];
}

function validateDns({ dnsPolicy, dnsConfig }: Draft<PodSpec>, field: string): FieldError[] {
  if (dnsPolicy !== 'None') return [];
  if (dnsConfig === undefined) return [required(`${field}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  if ((dnsConfig.nameservers ?? []).length > 0) return [];
  return [required(`${field}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
}

function validateNames(spec: Draft<PodSpec>, field: string): FieldError[] {
  const { nodeName = '', serviceAccountName = '', hostname = '', subdomain = '', priorityClassName = '' } = spec;
  const subdomains = { nodeName, serviceAccountName, priorityClassName };
  const labels = { hostname, subdomain };
  return [
    ...Object.entries(subdomains).flatMap(([name, value]) =>
      value === '' ? [] : problemsOf(`${field}.${name}`, value, dns1123SubdomainProblems(value)),
    ),
    ...Object.entries(labels).flatMap(([name, value]) =>
      value === '' ? [] : problemsOf(`${field}.${name}`, value, dns1123LabelProblems(value)),
    ),
  ];
}
