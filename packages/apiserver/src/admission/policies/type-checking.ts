import {
  type Definition,
  type ExpressionWarning,
  groupVersionKindText,
  parseApiVersion,
  type RuleWithOperations,
  type ValidatingAdmissionPolicySpec,
} from '@flotilla/api';
import type { Catalogue } from '../../catalogue/catalogue.js';
import { modelType, structuralType } from '../../cel/schema-types.js';
import { type CelType, celTypes } from '../../cel/types.js';
import { admissionVariables } from '../matching/admission-variables.js';
import { compileExpression } from '../matching/evaluation.js';
import { composeVariables } from './compiled-policy.js';

/** As many types as a policy is checked against: Kubernetes' number. */
const typesMax = 10;

/**
 * What would go wrong with a policy's expressions, given the types of what it is about. At the time of a request nothing is
 * typed, so that this is advice: a policy works all the same.
 */
export function typeWarnings(spec: ValidatingAdmissionPolicySpec, catalogue: Catalogue): readonly ExpressionWarning[] {
  const types = typesToCheck(spec.matchConstraints?.resourceRules ?? [], catalogue);
  const params = paramsType(spec, catalogue);
  return (spec.validations ?? []).flatMap(({ expression, messageExpression = '' }, index) => {
    const check = (field: string, source: string): ExpressionWarning[] => {
      const warning = source === '' ? '' : warningOf(source, spec, types, params);
      return warning === '' ? [] : [{ fieldRef: `spec.validations[${index}].${field}`, warning }];
    };
    return [...check('expression', expression), ...check('messageExpression', messageExpression)];
  });
}

function warningOf(
  source: string,
  spec: ValidatingAdmissionPolicySpec,
  types: readonly Definition[],
  params: CelType | undefined,
): string {
  const messages = types.flatMap((definition) => {
    const object = typeOfKind(definition);
    if (object === undefined) return [];
    const declared = admissionVariables({ object, params, authorizer: true });
    const variables = composeVariables(spec, declared).type;
    const compiled = compileExpression(source, new Map([...declared, ['variables', variables] as const]));
    return 'problem' in compiled ? [`${groupVersionKindText(definition)}: ${compiled.problem}\n`] : [];
  });
  return messages.join('\n');
}

function typeOfKind({ schema, model }: Definition): CelType | undefined {
  return schema === undefined ? modelType(model) : structuralType({ ...schema }, true);
}

function paramsType({ paramKind }: ValidatingAdmissionPolicySpec, catalogue: Catalogue): CelType | undefined {
  if (paramKind === undefined) return undefined;
  const definition = catalogue.ofKind({ ...parseApiVersion(paramKind.apiVersion ?? ''), kind: paramKind.kind ?? '' });
  return (definition === undefined ? undefined : typeOfKind(definition)) ?? celTypes.dyn;
}

/** The kinds that rules name outright; what a wildcard stands for may change with every new kind. */
function typesToCheck(rules: readonly RuleWithOperations[], { definitions }: Catalogue): readonly Definition[] {
  const named = definitions.filter((definition) => rules.some((rule) => names(rule, definition)));
  const key = (definition: Definition) => `${definition.group} ${definition.version} ${definition.kind}`;
  return named.sort((a, b) => (key(a) < key(b) ? -1 : 1)).slice(0, typesMax);
}

function names({ apiGroups = [], apiVersions = [], resources = [] }: RuleWithOperations, definition: Definition): boolean {
  if ([...apiGroups, ...apiVersions, ...resources].some((text) => text.includes('*'))) return false;
  return (
    apiGroups.includes(definition.group) && apiVersions.includes(definition.version) && resources.includes(definition.plural)
  );
}
