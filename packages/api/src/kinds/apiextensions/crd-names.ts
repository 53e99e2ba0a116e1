import { type FieldError, invalid, required } from '../../errors/field-error.js';
import type { CustomResourceDefinitionNames } from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { dns1035LabelProblems } from '../../validation/names.js';

/** What every definition must be called. */
export function checkNames(path: string, names: Draft<CustomResourceDefinitionNames>): FieldError[] {
  const missing = (['plural', 'singular', 'kind', 'listKind'] as const).filter((name) => (names[name] ?? '') === '');
  return [...missing.map((name) => required(`${path}.${name}`)), ...checkNameForms(path, names)];
}

/** Of names that are there; the status may have none yet. */
export function checkNameForms(path: string, names: Draft<CustomResourceDefinitionNames>): FieldError[] {
  const { kind = '', listKind = '', shortNames = [], categories = [] } = names;
  return [
    ...checkLabel(`${path}.plural`, names.plural),
    ...checkLabel(`${path}.singular`, names.singular),
    ...checkKind(`${path}.kind`, kind),
    ...checkKind(`${path}.listKind`, listKind),
    ...shortNames.flatMap((name, index) => checkLabel(`${path}.shortNames[${index}]`, name)),
    ...(kind !== '' && kind === listKind ? [invalid(`${path}.listKind`, listKind, 'kind and listKind may not be the same')] : []),
    ...categories.flatMap((name, index) => checkLabel(`${path}.categories[${index}]`, name)),
  ];
}

function checkLabel(field: string, name: string | undefined): FieldError[] {
  const problems = name === undefined || name === '' ? [] : dns1035LabelProblems(name);
  return problems.length === 0 ? [] : [invalid(field, name, problems.join(','))];
}

function checkKind(field: string, kind: string): FieldError[] {
  const problems = kind === '' ? [] : dns1035LabelProblems(kind.toLowerCase());
  const why = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
  return problems.length === 0 ? [] : [invalid(field, kind, why)];
}
