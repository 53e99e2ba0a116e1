import { structuralApplySchema } from '../apply/structural-apply-schema.js';
import { JsonPath } from '../columns/json-path.js';
import { type Conversion, type Definition, metadataParts, type ScaleRules, type Subresource, type Verb } from '../definition.js';
import { type FieldError, invalid } from '../errors/field-error.js';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../generated/types.js';
import { isRecord } from '../json.js';
import { define, scaleOf, statusOf } from '../kinds/define.js';
import type { Draft, KubernetesObject } from '../objects.js';
import { applySchemaDefaults, dropForbiddenNulls } from '../structural/apply-schema-defaults.js';
import { checkListTypes } from '../structural/check-list-types.js';
import type { StructuralSchema } from '../structural/structural-schema.js';
import { propertySchema } from '../structural/structural-schema.js';
import { validateEmbedded } from '../structural/validate-embedded.js';
import { validateValue } from '../structural/validate-value.js';
import { printerColumns } from './printer-columns.js';
import { publishedModel } from './published-schema.js';

/** The rules in CEL of one schema: what is wrong with an object, given what it was. */
export type RuleCheck = (
  object: Readonly<Record<string, unknown>>,
  old: Readonly<Record<string, unknown>> | undefined,
) => readonly FieldError[];

/** What a definition needs that is not data: engines and webhooks. */
export interface CustomDefinitionParts {
  /** The rules in CEL of a version's schema; called once. */
  rulesOf(schema: StructuralSchema): RuleCheck;
  /** Between a version and the one that is stored. */
  conversionOf(version: CustomResourceDefinitionVersion): Conversion;
}

/** In the order in which discovery of kube-apiserver lists them for custom resources. */
const verbs: readonly Verb[] = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** What a served version of an established CustomResourceDefinition is to the rest of the system: a kind like any other. */
export function customDefinition(
  crd: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  parts: CustomDefinitionParts,
): Definition {
  const { group, scope } = crd.spec;
  const names = crd.status?.acceptedNames ?? crd.spec.names;
  const schema = schemaOf(version);
  const hasStatus = version.subresources?.status !== undefined;
  const { scale } = version.subresources ?? {};
  const gvk = [group, version.name, names.kind] as const;
  const checks = checksOf(version, schema, parts.rulesOf(schema));
  return define<KubernetesObject>({
    group,
    version: version.name,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    verbs,
    model: publishedModel(...gvk),
    schema,
    applySchema: structuralApplySchema(schema),
    storagePath: `${group}/${names.plural}`,
    conversion: parts.conversionOf(version),
    subresources: [...(hasStatus ? [statusOf(...gvk)] : []), ...(scale === undefined ? [] : [scaleOf()])] satisfies Subresource[],
    scale: scale === undefined ? undefined : scaleRules(scale),
    statusKeeps: metadataParts,
    generation: true,
    allowUnconditionalUpdate: false,
    plainFinalizers: true,
    columns: printerColumns(version.additionalPrinterColumns),
    selectableFields: selectableFields(version),
    ...(version.deprecated === true ? { deprecation: version.deprecationWarning ?? deprecated(group, version, names.kind) } : {}),
    defaults(draft) {
      dropForbiddenNulls(draft, schema);
      applySchemaDefaults(draft, schema);
    },
    prepareForCreate(draft) {
      if (hasStatus && 'status' in draft) delete draft.status;
    },
    ...checks,
  });
}

/** A version without a schema, from before they were required, keeps whatever it is given. */
export function schemaOf(version: CustomResourceDefinitionVersion): StructuralSchema {
  const given = version.schema?.openAPIV3Schema as StructuralSchema | undefined; // checked when the definition was created
  return given ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
}

function deprecated(group: string, version: CustomResourceDefinitionVersion, kind: string): string {
  return `${group}/${version.name} ${kind} is deprecated`;
}

function checksOf(
  version: CustomResourceDefinitionVersion,
  schema: StructuralSchema,
  rules: RuleCheck,
): Pick<Definition, 'validate' | 'validateStatusUpdate'> {
  const { scale } = version.subresources ?? {};
  const replicas = (object: object) => [
    ...checkReplicas(object, scale?.specReplicasPath),
    ...checkReplicas(object, scale?.statusReplicasPath),
  ];
  const withRules = (errors: readonly FieldError[], draft: Draft<KubernetesObject>, old: KubernetesObject | undefined) => {
    if (errors.some(({ reason }) => blocking.has(reason))) return [...errors, ...(hasRules(schema) ? [unchecked] : [])];
    return [...errors, ...rules(draft as Record<string, unknown>, old as Record<string, unknown> | undefined)];
  };
  return {
    validate(draft, old) {
      const { apiVersion, kind, ...rest } = draft as Record<string, unknown>; // any object of the API is a record
      const errors = [
        ...validateValue(schema, { apiVersion, kind, ...rest }, old === undefined ? {} : { old }),
        ...replicas(draft),
        ...validateEmbedded('', draft, schema),
        ...listErrors(schema, '', draft, old),
      ];
      return withRules(errors, draft, old);
    },
    validateStatusUpdate(draft, old) {
      const status = propertySchema(schema, 'status');
      const value = statusIn(draft);
      if (value === undefined || status === undefined) return withRules([], draft, old);
      const before = statusIn(old);
      const errors = [
        ...validateValue(status, value, { field: 'status', ...(before === undefined ? {} : { old: before }) }),
        ...checkReplicas(draft, scale?.statusReplicasPath),
        ...validateEmbedded('status', value, status),
        ...listErrors(status, 'status', value, before),
      ];
      return withRules(errors, draft, old);
    },
  };
}

/** Rules in CEL take the schema for granted; after these errors they are not asked. */
const blocking: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const unchecked = invalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

function hasRules(schema: StructuralSchema | undefined): boolean {
  if (schema === undefined) return false;
  if ((schema['x-kubernetes-validations'] ?? []).length > 0) return true;
  const { additionalProperties: additional } = schema;
  const below = [
    schema.items,
    typeof additional === 'object' ? additional : undefined,
    ...Object.values(schema.properties ?? {}),
  ];
  return below.some(hasRules);
}

/** A list that had repeated items before may keep them: whoever changes something else did not put them there. */
function listErrors(schema: StructuralSchema, path: string, value: unknown, old: unknown): FieldError[] {
  if (old !== undefined && checkListTypes(path, schema, old).length > 0) return [];
  return checkListTypes(path, schema, value);
}

function statusIn(object: object): unknown {
  return 'status' in object ? object.status : undefined;
}

function checkReplicas(object: object, path: string | undefined): FieldError[] {
  if (path === undefined) return [];
  const [value] = JsonPath.parse(path).find(object);
  if (value === undefined || value === null) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    const found = Array.isArray(value) ? 'array' : isRecord(value) ? 'object' : typeof value;
    return [
      invalid(
        path,
        0,
        `${path} accessor error: ${typeof value === 'string' ? value : JSON.stringify(value)} is of the type ${found}, expected int64`,
      ),
    ];
  }
  if (value < 0) return [invalid(path, value, 'should be a non-negative integer')];
  return value > 2 ** 31 - 1 ? [invalid(path, value, `should be less than or equal to ${2 ** 31 - 1}`)] : [];
}

function scaleRules(scale: {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}): ScaleRules<KubernetesObject> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  const selector = labelSelectorPath === undefined || labelSelectorPath === '' ? undefined : JsonPath.parse(labelSelectorPath);
  return {
    specReplicasPath,
    statusReplicasPath,
    selector(object) {
      const [value] = selector?.find(object) ?? [];
      return typeof value === 'string' ? value : '';
    },
  };
}

function selectableFields({ selectableFields: given = [] }: CustomResourceDefinitionVersion) {
  return Object.fromEntries(
    given.map(({ jsonPath }) => {
      const path = JsonPath.parse(jsonPath);
      const read = (object: KubernetesObject) => {
        const [value] = path.find(object);
        return typeof value === 'object' || value === undefined ? '' : String(value); // an object may be older than its schema
      };
      return [jsonPath.replace(/^\./, ''), read];
    }),
  );
}
