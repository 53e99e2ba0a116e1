import { type FieldError, forbidden, invalid, required } from '../../errors/field-error.js';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { hasTooManyPatterns } from '../../structural/patterns.js';
import { oneOf } from '../../validation/check.js';
import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../validation/names.js';
import { immutable } from '../../validation/object-meta.js';
import { checkApproval } from './crd-approval.js';
import { checkConversion } from './crd-conversion.js';
import { checkNameForms, checkNames } from './crd-names.js';
import { checkVersion } from './crd-version.js';

type Crd = Draft<CustomResourceDefinition>;

export function validateCrd(draft: Crd, old: CustomResourceDefinition | undefined): FieldError[] {
  const spec = draft.spec ?? {};
  const { plural = '' } = spec.names ?? {};
  const { name = '' } = draft.metadata ?? {};
  const wanted = `${plural}.${spec.group ?? ''}`;
  const misnamed = old === undefined && name !== wanted;
  return [
    ...(misnamed ? [invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group')] : []),
    ...checkSpec('spec', spec),
    ...checkNameForms('status.acceptedNames', draft.status?.acceptedNames ?? {}),
    ...checkStoredVersions('status.storedVersions', draft.status?.storedVersions ?? [], spec.versions ?? []),
    ...checkApproval(
      spec.group ?? '',
      draft.metadata?.annotations ?? {},
      old === undefined ? undefined : (old.metadata.annotations ?? {}),
    ),
  ];
}

function checkSpec(path: string, spec: NonNullable<Crd['spec']>): FieldError[] {
  const versions = spec.versions ?? [];
  if (hasTooManyPatterns(versions)) return [forbidden(`${path}.versions`, 'the patterns are too many and too large')];
  const names = versions.map(({ name = '' }) => name);
  const errors = [
    ...checkGroup(`${path}.group`, spec.group ?? ''),
    ...oneOf(`${path}.scope`, spec.scope, ['Cluster', 'Namespaced']),
  ];
  versions.forEach((version, index) => {
    if (version.schema?.openAPIV3Schema === undefined) errors.push(required(`${path}.versions[${index}].schema.openAPIV3Schema`));
  });
  versions.forEach((version, index) => {
    const at = `${path}.versions[${index}]`;
    const problems = dns1035LabelProblems(version.name ?? '');
    if (problems.length > 0) errors.push(invalid(`${at}.name`, version.name ?? '', problems.join(',')));
    errors.push(...checkVersion(at, version));
  });
  if (new Set(names).size < names.length) {
    errors.push(invalid(`${path}.versions`, versions, 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    errors.push(invalid(`${path}.versions`, versions, 'must have exactly one version marked as storage version'));
  }
  errors.push(...checkNames(`${path}.names`, spec.names ?? {}), ...checkConversion(`${path}.conversion`, spec.conversion));
  if (spec.preserveUnknownFields === true) {
    const why = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalid(`${path}.preserveUnknownFields`, true, why));
  }
  return errors;
}

function checkGroup(field: string, group: string): FieldError[] {
  if (group === '') return [required(field)];
  const problems = dns1123SubdomainProblems(group);
  if (problems.length > 0) return [invalid(field, group, problems.join(','))];
  return group.includes('.') ? [] : [invalid(field, group, 'should be a domain with at least one dot')];
}

/** Objects may lie in the store in any of these; none may go before they have been migrated. */
function checkStoredVersions(
  path: string,
  stored: readonly string[],
  versions: readonly Draft<CustomResourceDefinitionVersion>[],
): FieldError[] {
  if (stored.length === 0) return [invalid(path, stored, 'must have at least one stored version')];
  const errors: FieldError[] = [];
  const [present, known] = [new Set(stored), new Set(versions.map(({ name }) => name))];
  for (const { name = '', storage } of versions) {
    if (storage === true && !present.has(name)) {
      errors.push(invalid(path, stored, `must have the storage version ${name}`));
    }
  }
  stored.forEach((version, index) => {
    if (known.has(version)) return;
    const why = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    errors.push(invalid(`${path}[${index}]`, version, why));
  });
  return errors;
}

/** Names decide where objects are stored and what clients know them by. */
export function validateCrdUpdate(draft: Crd, old: CustomResourceDefinition): FieldError[] {
  const established = (old.status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True');
  return [
    ...(established
      ? [
          ...immutable('spec.scope', draft.spec?.scope, old.spec.scope),
          ...immutable('spec.names.kind', draft.spec?.names?.kind, old.spec.names.kind),
        ]
      : []),
    ...immutable('spec.group', draft.spec?.group, old.spec.group),
    ...immutable('spec.names.plural', draft.spec?.names?.plural, old.spec.names.plural),
  ];
}

export function validateCrdStatus(draft: Crd): FieldError[] {
  return checkNameForms('status.acceptedNames', draft.status?.acceptedNames ?? {});
}
