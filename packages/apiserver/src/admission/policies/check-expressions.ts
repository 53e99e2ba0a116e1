import {
  type Definition,
  type Draft,
  type FieldError,
  invalid,
  type KubernetesObject,
  type MatchCondition,
  statusErrors,
  type ValidatingAdmissionPolicy,
  type ValidatingAdmissionPolicySpec,
} from '@flotilla/api';
import { celTypes } from '../../cel/types.js';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.js';
import { admissionVariables } from '../matching/admission-variables.js';
import type { Compiled } from '../matching/evaluation.js';
import { compileConditions } from '../matching/match-conditions.js';
import { compileSpec, composeVariables } from './compiled-policy.js';

type Checker = (object: Draft<KubernetesObject>) => readonly FieldError[];

const checkers: ReadonlyMap<string, Checker> = new Map([
  ['validatingadmissionpolicies', checkPolicy],
  ['validatingwebhookconfigurations', checkWebhooks],
  ['mutatingwebhookconfigurations', checkWebhooks],
]);

/** Policies and webhooks whose expressions do not compile are not stored: a mistake shows to whoever makes it. */
export function checkExpressions(): AdmissionPlugin {
  return {
    name: 'ExpressionValidation',
    handles: ({ operation, subresource, definition }) =>
      (operation === 'CREATE' || operation === 'UPDATE') && subresource === '' && checkerOf(definition) !== undefined,

    validate({ definition, object, name }: AdmissionRequest) {
      const errors = object === undefined ? [] : (checkerOf(definition)?.(object) ?? []);
      if (errors.length > 0) throw statusErrors.invalid(definition, name, errors);
    },
  };
}

function checkerOf({ group, plural }: Definition): Checker | undefined {
  return group === 'admissionregistration.k8s.io' ? checkers.get(plural) : undefined;
}

function checkPolicy(object: Draft<KubernetesObject>): readonly FieldError[] {
  const { spec = {} } = object as unknown as ValidatingAdmissionPolicy; // validated as one
  const compiled = compileSpec(spec);
  return [
    ...problems(compiled.conditions, (index) => `spec.matchConditions[${index}].expression`),
    ...checkVariables(spec),
    ...problems(compiled.validations, (index) => `spec.validations[${index}].expression`),
    ...problems(compiled.messages, (index) => `spec.validations[${index}].messageExpression`),
    ...problems(compiled.auditAnnotations, (index) => `spec.auditAnnotations[${index}].valueExpression`),
  ];
}

function checkVariables(spec: ValidatingAdmissionPolicySpec): readonly FieldError[] {
  const params = spec.paramKind === undefined ? undefined : celTypes.dyn;
  const { compiled } = composeVariables(spec, admissionVariables({ params, authorizer: true }));
  return problems([...compiled.values()], (index) => `spec.variables[${index}].expression`);
}

function checkWebhooks(object: Draft<KubernetesObject>): readonly FieldError[] {
  // Validated as a configuration of webhooks.
  const { webhooks = [] } = object as { readonly webhooks?: readonly { readonly matchConditions?: readonly MatchCondition[] }[] };
  return webhooks.flatMap(({ matchConditions }, at) => {
    const conditions = compileConditions(matchConditions, admissionVariables({ authorizer: true }));
    return problems(conditions, (index) => `webhooks[${at}].matchConditions[${index}].expression`);
  });
}

function problems(expressions: readonly (Compiled | undefined)[], field: (index: number) => string): FieldError[] {
  return expressions.flatMap((compiled, index) =>
    compiled !== undefined && 'problem' in compiled ? [invalid(field(index), compiled.source, compiled.problem)] : [],
  );
}
