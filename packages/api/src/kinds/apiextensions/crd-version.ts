import { duplicate, type FieldError, forbidden, invalid, required, tooMany } from '../../errors/field-error.js';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  SelectableField,
} from '../../generated/types.js';
import type { Draft } from '../../objects.js';
import { checkDefaults } from '../../structural/check-defaults.js';
import { checkSchema } from '../../structural/check-schema.js';
import { checkStructural } from '../../structural/check-structural.js';
import { rulePathNames, schemaAtPath } from '../../structural/rule-path.js';
import type { StructuralSchema } from '../../structural/structural-schema.js';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const deprecationWarningCharactersMax = 256;
const selectableFieldsMax = 8;

export function checkVersion(path: string, version: Draft<CustomResourceDefinitionVersion>): FieldError[] {
  const schema = version.schema?.openAPIV3Schema as StructuralSchema | undefined; // what this function checks
  const columns = version.additionalPrinterColumns ?? [];
  return [
    ...checkDeprecation(`${path}.deprecationWarning`, version),
    ...(schema === undefined ? [] : checkVersionSchema(`${path}.schema.openAPIV3Schema`, schema, version)),
    ...checkSubresources(`${path}.subresources`, version.subresources as CustomResourceSubresources | undefined), // only read
    ...columns.flatMap((column, index) => checkColumn(`${path}.additionalPrinterColumns[${index}]`, column)),
    ...checkSelectable(`${path}.selectableFields`, version.selectableFields ?? [], schema),
  ];
}

function checkDeprecation(field: string, version: Draft<CustomResourceDefinitionVersion>): FieldError[] {
  const { deprecated = false, deprecationWarning: text } = version;
  if (text === undefined) return [];
  if (!deprecated) return [invalid(field, text, 'can only be set for deprecated versions')];
  const errors: FieldError[] = [];
  if (text.length > deprecationWarningCharactersMax) {
    errors.push(invalid(field, text, `must be <= ${deprecationWarningCharactersMax} characters long`));
  }
  if (text === '') errors.push(invalid(field, text, 'must not be an empty string'));
  const unprintable = text.search(/[\p{C}\p{Zl}\p{Zp}]/u);
  if (unprintable >= 0) {
    const why = `must only contain printable UTF-8 characters; non-printable character found at index ${unprintable}`;
    errors.push(invalid(field, text, why));
  }
  return errors;
}

function checkVersionSchema(
  path: string,
  schema: StructuralSchema,
  version: Draft<CustomResourceDefinitionVersion>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (version.subresources?.status !== undefined) errors.push(...checkRootWithStatus(path, schema));
  if (schema.nullable === true) errors.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  const refused = checkSchema(path, schema);
  // What checkSchema refuses is not structural either, and would only be said twice.
  if (hasUnsupported(refused)) return [...errors, ...refused];
  const structural = checkStructural(path, schema);
  if (structural.length > 0) return [...errors, ...structural, ...refused];
  return [...errors, ...checkDefaults(path, schema), ...refused];
}

function hasUnsupported(errors: readonly FieldError[]): boolean {
  return errors.some(({ message, field }) => /is not supported|not an array/.test(message) && field !== '');
}

/** What a schema may say at its root when its status is validated by itself. */
const rootMembers: ReadonlySet<string> = new Set(
  'description type format title maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems multipleOf required items properties externalDocs example x-kubernetes-preserve-unknown-fields x-kubernetes-validations'.split(
    ' ',
  ),
);
const rootMembersText =
  '[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]';

function checkRootWithStatus(path: string, schema: StructuralSchema): FieldError[] {
  if (schema.type !== undefined && schema.type !== 'object') {
    const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalid(`${path}.type`, schema.type, why)];
  }
  if (Object.keys(schema).every((name) => rootMembers.has(name))) return [];
  const why = `only ${rootMembersText} fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalid(path, schema, why)];
}

function checkSubresources(path: string, subresources: CustomResourceSubresources | undefined): FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath = '' } = scale;
  return [
    ...(specReplicasPath === ''
      ? [required(`${path}.scale.specReplicasPath`)]
      : checkScalePath(`${path}.scale.specReplicasPath`, specReplicasPath, ['.spec.'], 'under .spec')),
    ...(statusReplicasPath === ''
      ? [required(`${path}.scale.statusReplicasPath`)]
      : checkScalePath(`${path}.scale.statusReplicasPath`, statusReplicasPath, ['.status.'], 'under .status')),
    ...(labelSelectorPath === ''
      ? []
      : checkScalePath(
          `${path}.scale.labelSelectorPath`,
          labelSelectorPath,
          ['.spec.', '.status.'],
          'under either .spec or .status',
        )),
  ];
}

function checkScalePath(field: string, path: string, prefixes: readonly string[], where: string): FieldError[] {
  if (!path.startsWith('.')) return [invalid(field, path, 'must be a simple json path starting with .')];
  return prefixes.some((prefix) => path.startsWith(prefix)) ? [] : [invalid(field, path, `should be a json path ${where}`)];
}

function checkColumn(path: string, column: Draft<CustomResourceColumnDefinition>): FieldError[] {
  const { name = '', type = '', format = '', jsonPath = '' } = column;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${path}.name`));
  const types = `must be one of ${['boolean', 'date', 'integer', 'number', 'string'].join(',')}`;
  if (type === '') errors.push(required(`${path}.type`, types));
  else if (!columnTypes.includes(type)) errors.push(invalid(`${path}.type`, type, types));
  if (format !== '' && !columnFormats.includes(format)) {
    errors.push(invalid(`${path}.format`, format, `must be one of ${columnFormats.join(',')}`));
  }
  if (jsonPath === '') errors.push(required(`${path}.JSONPath`));
  else if (!jsonPath.startsWith('.')) {
    errors.push(invalid(`${path}.JSONPath`, jsonPath, 'must be a simple json path starting with .'));
  }
  return errors;
}

function checkSelectable(
  path: string,
  fields: readonly Draft<SelectableField>[],
  schema: StructuralSchema | undefined,
): FieldError[] {
  if (fields.length === 0) return [];
  if (schema === undefined) {
    return [invalid(path, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')];
  }
  const seen = new Set<string>();
  const errors = fields.flatMap(({ jsonPath = '' }, index) => {
    const field = `${path}[${index}].jsonPath`;
    if (jsonPath === '') return [required(field)];
    const found = rulePathNames(jsonPath) === undefined ? undefined : schemaAtPath(jsonPath, schema);
    if (found === undefined) return [invalid(field, jsonPath, 'is an invalid path: does not refer to a valid field')];
    const problems: FieldError[] = [];
    if (jsonPath.startsWith('.metadata')) problems.push(invalid(field, jsonPath, 'must not point to fields in metadata'));
    if (!['string', 'boolean', 'integer'].includes(found.type ?? '')) {
      const why =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      problems.push(invalid(field, jsonPath, why));
    }
    if (seen.has(jsonPath)) problems.push(duplicate(field, jsonPath));
    seen.add(jsonPath);
    return problems;
  });
  return seen.size > selectableFieldsMax ? [...errors, tooMany(path, seen.size, selectableFieldsMax)] : errors;
}
