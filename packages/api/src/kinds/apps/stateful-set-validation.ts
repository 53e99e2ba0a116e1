import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import type { PodTemplateSpec, StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy, Volume } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { validateEndless, validateMatch, validatePodTemplate, validateSelector } from '../../pods/validate-template.js';
import { nonNegative } from '../../validation/check.js';
import { notAboveAll, percentOf, validateIntOrPercent } from '../../validation/int-or-percent.js';

const retentions = ['Retain', 'Delete'];

export function validateStatefulSet({ spec = {} }: Draft<StatefulSet>): FieldError[] {
  const { selector, podManagementPolicy: management = '' } = spec;
  const template = withClaims(spec);
  return [
    ...(management === ''
      ? [required('spec.podManagementPolicy')]
      : ['OrderedReady', 'Parallel'].includes(management)
        ? []
        : [invalid('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'")]),
    ...validateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...validateRetention(spec, 'spec.persistentVolumeClaimRetentionPolicy'),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...validateSelector(selector, 'statefulset'),
    ...validateMatch(selector, template, 'spec.template'),
    ...validatePodTemplate(template, 'spec.template'),
    ...validateEndless(template, 'StatefulSet', 'spec.template.spec'),
  ];
}

/** A claim of the set is a volume of each of its pods, and takes the place of one by its name. */
function withClaims({ template = {}, volumeClaimTemplates = [] }: Draft<StatefulSetSpec>): Draft<PodTemplateSpec> {
  const names = volumeClaimTemplates.flatMap(({ metadata }) => metadata?.name ?? []);
  const own = (template.spec?.volumes ?? []).filter(({ name = '' }) => !names.includes(name));
  const claims = names.map((name): Draft<Volume> => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...claims] } };
}

function validateStrategy(strategy: Draft<StatefulSetUpdateStrategy>, field: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  const at = `${field}.rollingUpdate`;
  if (type === '') return [required(field)];
  if (type === 'OnDelete') {
    return rollingUpdate === undefined ? [] : [invalid(at, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
  }
  if (type !== 'RollingUpdate') return [invalid(field, strategy, "must be 'RollingUpdate' or 'OnDelete'")];
  const { partition, maxUnavailable } = rollingUpdate ?? {};
  return [
    ...nonNegative(`${at}.partition`, partition),
    ...validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...(maxUnavailable !== undefined && percentOf(maxUnavailable) === 0
      ? [invalid(`${at}.maxUnavailable`, maxUnavailable, 'cannot be 0')]
      : []),
    ...notAboveAll(maxUnavailable, `${at}.maxUnavailable`),
  ];
}

function validateRetention(
  { persistentVolumeClaimRetentionPolicy: policy }: Draft<StatefulSetSpec>,
  field: string,
): FieldError[] {
  if (policy === undefined) return [];
  return (['whenDeleted', 'whenScaled'] as const).flatMap((name) => {
    const value = policy[name] ?? '';
    return retentions.includes(value) ? [] : [notSupported(`${field}.${name}`, value, retentions)];
  });
}
