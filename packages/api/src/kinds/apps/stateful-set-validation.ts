import { type FieldError, invalid, notSupported, required } from '../../errors/field-error.js';
import { goForm } from '../../errors/go-form.js';
import type { PodTemplateSpec, StatefulSet, StatefulSetSpec, StatefulSetUpdateStrategy, Volume } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { validateClaimSpec } from '../../pods/validate-claim.js';
import { validateEndless, validateMatch, validatePodTemplate, validateSelector } from '../../pods/validate-template.js';
import { nonNegative, problemsOf } from '../../validation/check.js';
import { notAboveAll, percentOf, validateIntOrPercent } from '../../validation/int-or-percent.js';
import { dns1123LabelProblems } from '../../validation/names.js';
import { partitionStrategyShape } from './strategy-shapes.js';

const retentions = ['Retain', 'Delete'];

/** Claims and the service's name never change, so that old ones are not judged again. */
export function validateStatefulSet({ spec = {} }: Draft<StatefulSet>, old?: StatefulSet): FieldError[] {
  const { selector, podManagementPolicy: management = '', volumeClaimTemplates: claims = [], serviceName = '' } = spec;
  const isNew = old === undefined;
  const template = asPods(spec);
  return [
    ...(management === ''
      ? [required('spec.podManagementPolicy')]
      : ['OrderedReady', 'Parallel'].includes(management)
        ? []
        : [invalid('spec.podManagementPolicy', management, "must be 'OrderedReady' or 'Parallel'")]),
    ...validateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy'),
    ...validateRetention(spec, 'spec.persistentVolumeClaimRetentionPolicy'),
    ...(isNew
      ? claims.flatMap((claim, index) => validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`))
      : []),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...(isNew && serviceName !== '' ? problemsOf('spec.serviceName', serviceName, dns1123LabelProblems(serviceName)) : []),
    ...validateSelector(selector, 'statefulset'),
    ...validateMatch(selector, template, 'spec.template'),
    ...validatePodTemplate(template, 'spec.template'),
    ...validateEndless(template, 'StatefulSet', 'spec.template.spec'),
  ];
}

/**
 * The template as its pods will be: a claim of the set is a volume of each of them, and takes the place of one by its name;
 * what they are called as hosts is not for the template to say.
 */
function asPods({ template = {}, volumeClaimTemplates = [] }: Draft<StatefulSetSpec>): Draft<PodTemplateSpec> {
  const names = volumeClaimTemplates.flatMap(({ metadata }) => metadata?.name ?? []);
  const claimed = new Set(names);
  const own = (template.spec?.volumes ?? []).filter(({ name = '' }) => !claimed.has(name));
  const claims = names.map((name): Draft<Volume> => ({ name, persistentVolumeClaim: { claimName: name } }));
  const { subdomain, hostname, ...rest } = template.spec ?? {};
  return { ...template, spec: { ...rest, volumes: [...claims, ...own] } };
}

function validateStrategy(strategy: Draft<StatefulSetUpdateStrategy>, field: string): FieldError[] {
  const { type = '', rollingUpdate } = strategy;
  const at = `${field}.rollingUpdate`;
  if (type === '') return [required(field)];
  if (type === 'OnDelete') {
    return rollingUpdate === undefined
      ? []
      : [
          invalid(
            at,
            goForm(rollingUpdate, partitionStrategyShape.RollingUpdate),
            "only allowed for updateStrategy 'RollingUpdate'",
          ),
        ];
  }
  if (type !== 'RollingUpdate')
    return [invalid(field, goForm(strategy, partitionStrategyShape), "must be 'RollingUpdate' or 'OnDelete'")];
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
