import type { Definition, KubernetesObject } from '@flotilla/api';
import { LazyObject } from '../../cel/collections.js';
import { CelCostError, CostBudget, runtimeCostBudget } from '../../cel/cost.js';
import type { Activation } from '../../cel/frame.js';
import { CelError, type Value, valueTypeText } from '../../cel/values.js';
import type { AdmissionRequest } from '../admission.js';
import { type Access, AccessMemo } from '../matching/access-memo.js';
import { admissionActivation } from '../matching/admission-variables.js';
import { evaluate, type Outcome, OutOfBudgetError } from '../matching/evaluation.js';
import { conditionsHold } from '../matching/match-conditions.js';
import { shownObjects } from '../matching/review-request.js';
import type { CompiledPolicy } from './compiled-policy.js';

/** Longer messages of a messageExpression are not shown: Kubernetes' limit. */
const messageBytesMax = 5 * 1024;
const annotationCharactersMax = 10 * 1024;

/** One reason to refuse a request. */
interface Denial {
  readonly message: string;
  /** Of a Status; absent: Invalid. */
  readonly reason?: string | undefined;
  /** Which validation it was. */
  readonly index: number;
}

/** What a policy has to say of a request, with one set of parameters. */
export interface Findings {
  readonly denials: readonly Denial[];
  readonly annotations: readonly { readonly key: string; readonly value: string }[];
  /** Annotations that could not be made, which refuse the request too. */
  readonly annotationErrors: readonly string[];
}

export interface Subject {
  readonly request: AdmissionRequest;
  /** The version in which the policy sees the object. */
  readonly shown: Definition;
  readonly namespace: KubernetesObject | undefined;
  readonly params: KubernetesObject | undefined;
}

const nothing: Findings = { denials: [], annotations: [], annotationErrors: [] };

export async function findingsOf(policy: CompiledPolicy, subject: Subject, access: Access): Promise<Findings> {
  const { request, shown } = subject;
  const memo = new AccessMemo(access, request.user);
  const ignored = policy.spec.failurePolicy === 'Ignore';
  const budget = new CostBudget(runtimeCostBudget);
  const objects = await shownObjects(request, shown);
  const activation = withVariables(policy, admissionActivation(request, shown, objects, memo, subject), budget);
  const held = await conditionsHold(policy.conditions, policy.spec.failurePolicy, activation, memo);
  if ('error' in held) return { ...nothing, denials: [{ message: held.error, index: 0 }] };
  if (!held.matches) return nothing;
  try {
    const denials = await denialsOf(policy, activation, budget, memo, ignored);
    const annotated = await annotationsOf(policy, activation, memo, ignored);
    return { denials, ...annotated };
  } catch (error) {
    if (!(error instanceof OutOfBudgetError)) throw error;
    return ignored ? nothing : { ...nothing, denials: [{ message: error.message, index: 0 }] };
  }
}

/** `variables.x` is evaluated when it is first read, at the expense of whoever reads it. */
function withVariables(policy: CompiledPolicy, activation: Activation, budget: CostBudget): Activation {
  const variables: LazyObject = new LazyObject(policy.variablesType, (name) => {
    const variable = policy.variables.get(name);
    if (variable === undefined) return undefined;
    if ('problem' in variable)
      throw new CelError(`composited variable ${JSON.stringify(name)} fails to compile: ${variable.problem}`);
    try {
      return variable.program.evaluate(composed, (units) => budget.spend(units));
    } catch (error) {
      if (!(error instanceof CelError || error instanceof CelCostError)) throw error;
      throw new CelError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${error.message}`);
    }
  });
  const composed: Activation = (name) => (name === 'variables' ? variables : activation(name));
  return composed;
}

async function denialsOf(
  { validations, messages, spec }: CompiledPolicy,
  activation: Activation,
  budget: CostBudget,
  memo: AccessMemo,
  ignored: boolean,
): Promise<readonly Denial[]> {
  const denials: Denial[] = [];
  for (const [index, validation] of validations.entries()) {
    const outcome = await evaluate(validation, activation, budget, memo);
    if ('error' in outcome) {
      if (!ignored) denials.push({ message: outcome.error, index });
    } else if (outcome.value !== true) {
      const { message = '', reason, expression = '' } = spec.validations?.[index] ?? {};
      const expressed = messages[index];
      const told = expressed === undefined ? '' : messageText(await evaluate(expressed, activation, budget, memo));
      denials.push({ message: told || message.trim() || `failed expression: ${expression.trim()}`, reason, index });
    }
  }
  return denials;
}

/** Empty when it is no message that can be shown. */
function messageText(outcome: Outcome): string {
  if ('error' in outcome || typeof outcome.value !== 'string') return '';
  const text = outcome.value.trim();
  return text.includes('\n') || Buffer.byteLength(text) > messageBytesMax ? '' : text;
}

async function annotationsOf(policy: CompiledPolicy, activation: Activation, memo: AccessMemo, ignored: boolean) {
  const annotations: { key: string; value: string }[] = [];
  const annotationErrors: string[] = [];
  const budget = new CostBudget(runtimeCostBudget);
  for (const [index, expression] of policy.auditAnnotations.entries()) {
    const outcome = await evaluate(expression, activation, budget, memo);
    const { key = '' } = policy.spec.auditAnnotations?.[index] ?? {};
    const value = 'value' in outcome ? annotationText(outcome.value) : undefined;
    if (typeof value === 'string') {
      if (value !== '') annotations.push({ key, value: value.slice(0, annotationCharactersMax) });
    } else if (!ignored) {
      annotationErrors.push('error' in outcome ? outcome.error : unsupported(expression.source, outcome.value));
    }
  }
  return { annotations, annotationErrors };
}

function annotationText(value: Value): string | undefined {
  if (value === null) return '';
  return typeof value === 'string' ? value.trim() : undefined;
}

function unsupported(expression: string, value: Value): string {
  const type = valueTypeText(value);
  return `valueExpression '${expression}' resulted in unsupported return type: ${type}. Return type must be either string or null.`;
}
