import type { KubernetesObject, ValidatingAdmissionPolicy, ValidatingAdmissionPolicySpec } from '@flotilla/api';
import { type CelType, celTypes, type ObjectType } from '../../cel/types.js';
import { admissionVariables } from '../matching/admission-variables.js';
import { type Compiled, compileExpression } from '../matching/evaluation.js';
import { type Conditions, compileConditions } from '../matching/match-conditions.js';

/** A policy ready to be evaluated. What does not compile is found when it is evaluated. */
export interface CompiledPolicy {
  readonly name: string;
  readonly spec: ValidatingAdmissionPolicySpec;
  readonly conditions: Conditions;
  /** By name; each sees those before it. */
  readonly variables: ReadonlyMap<string, Compiled>;
  readonly variablesType: CelType;
  readonly validations: readonly Compiled[];
  /** Beside each validation; absent where it has none. */
  readonly messages: readonly (Compiled | undefined)[];
  readonly auditAnnotations: readonly Compiled[];
}

export function compilePolicy(object: KubernetesObject): CompiledPolicy {
  const { metadata, spec = {} } = object as ValidatingAdmissionPolicy; // read as one
  return { name: metadata?.name ?? '', spec, ...compileSpec(spec) };
}

/** What does not compile is kept with what is wrong with it. */
export function compileSpec(spec: ValidatingAdmissionPolicySpec): Omit<CompiledPolicy, 'name' | 'spec'> {
  const params = spec.paramKind === undefined ? undefined : celTypes.dyn;
  const withAuthorizer = admissionVariables({ params, authorizer: true });
  const composed = composeVariables(spec, withAuthorizer);
  const full = new Map([...withAuthorizer, ['variables', composed.type] as const]);
  // Messages and annotations are shown to people, who are not to learn from them what others may do.
  const shown = new Map([...admissionVariables({ params, authorizer: false }), ['variables', composed.type] as const]);
  const { string, bool } = celTypes;
  return {
    conditions: compileConditions(spec.matchConditions, withAuthorizer),
    variables: composed.compiled,
    variablesType: composed.type,
    validations: (spec.validations ?? []).map(({ expression }) => compileExpression(expression, full, bool)),
    messages: (spec.validations ?? []).map(({ messageExpression = '' }) =>
      messageExpression === '' ? undefined : compileExpression(messageExpression, shown, string),
    ),
    auditAnnotations: (spec.auditAnnotations ?? []).map(({ valueExpression }) =>
      compileExpression(valueExpression, shown, string, celTypes.null),
    ),
  };
}

/** Compiles `spec.variables` in their order: the type of `variables` grows with each. */
export function composeVariables(
  { variables = [] }: ValidatingAdmissionPolicySpec,
  declared: ReadonlyMap<string, CelType>,
): { readonly compiled: ReadonlyMap<string, Compiled>; readonly type: ObjectType } {
  const compiled = new Map<string, Compiled>();
  const types = new Map<string, CelType>();
  const type: ObjectType = {
    kind: 'object',
    name: 'kubernetes.variables',
    field(name) {
      const found = types.get(name);
      return found === undefined ? undefined : { type: found, property: name };
    },
  };
  const scope = new Map([...declared, ['variables', type] as const]);
  for (const { name, expression } of variables) {
    const variable = compileExpression(expression, scope);
    compiled.set(name, variable);
    types.set(name, 'program' in variable ? variable.program.resultType : celTypes.dyn);
  }
  return { compiled, type };
}
