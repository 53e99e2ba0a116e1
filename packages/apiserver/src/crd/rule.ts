import type { StructuralSchema } from '@flotilla/api';
import { errorMessage } from '@flotilla/base';
import { compile, type Program } from '../cel/program.js';
import { CelCompileError } from '../cel/source.js';
import { type CelType, celTypes, optionalOf } from '../cel/types.js';

export type Rule = NonNullable<StructuralSchema['x-kubernetes-validations']>[number];

/** A rule of a schema, ready to be asked. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly program: Program;
  /** A transition rule: asked only where there is something to compare with. */
  readonly usesOldSelf: boolean;
  readonly message: Program | undefined;
}

/** Why a rule cannot be compiled, and which of its members is to blame. */
export interface RuleProblem {
  readonly member: 'rule' | 'messageExpression';
  readonly detail: string;
}

/** @param type of `self` */
export function compileRule(rule: Rule, type: CelType): CompiledRule | RuleProblem {
  const source = rule.rule.trim();
  const old = rule.optionalOldSelf === true ? optionalOf(type) : type;
  const plain = new Map([['self', type]]);
  const both = new Map([...plain, ['oldSelf', old] as const]);
  const alone = attempt(source, plain);
  const program = 'failure' in alone ? attempt(source, both) : alone;
  if ('failure' in program) return { member: 'rule', detail: `compilation failed: ${program.failure}` };
  if (program.resultProblem(celTypes.bool) !== undefined) {
    return { member: 'rule', detail: 'cel expression must evaluate to a bool' };
  }
  const usesOldSelf = 'failure' in alone;
  if (rule.messageExpression === undefined || rule.messageExpression === '') {
    return { rule, program, usesOldSelf, message: undefined };
  }
  const message = attempt(rule.messageExpression.trim(), usesOldSelf ? both : plain);
  if ('failure' in message) {
    return { member: 'messageExpression', detail: `messageExpression compilation failed: ${message.failure}` };
  }
  if (message.resultProblem(celTypes.string) !== undefined) {
    return { member: 'messageExpression', detail: 'messageExpression must evaluate to a string' };
  }
  return { rule, program, usesOldSelf, message };
}

function attempt(source: string, variables: ReadonlyMap<string, CelType>): Program | { readonly failure: string } {
  try {
    return compile(source, variables);
  } catch (error) {
    if (error instanceof CelCompileError) return { failure: errorMessage(error) };
    throw error;
  }
}
