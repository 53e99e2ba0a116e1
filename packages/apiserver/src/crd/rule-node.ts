import { additionalSchema, type StructuralSchema } from '@flotilla/api';
import { structuralType } from '../cel/schema-types.js';
import type { CelType } from '../cel/types.js';
import { type CompiledRule, compileRule, type Rule } from './rule.js';

/** A place in a schema with the rules that stand there, and the places below it that have some. */
export interface RuleNode {
  readonly schema: StructuralSchema;
  readonly type: CelType;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly additional: RuleNode | undefined;
  readonly items: RuleNode | undefined;
}

/** A rule that does not compile: where, and why. */
export interface BrokenRule {
  readonly path: string;
  readonly rule: Rule;
  readonly detail: string;
}

/**
 * Compiles all rules of a schema.
 * @param broken gets those that cannot be, which then are not part of the tree
 * @returns undefined when there are none, here or below
 */
export function ruleTree(schema: StructuralSchema, path: string, broken: BrokenRule[]): RuleNode | undefined {
  return nodeOf(schema, { path, root: true, transitions: true }, broken);
}

interface Spot {
  readonly path: string;
  readonly root: boolean;
  /** Whether an old value can be found for each new one: not for the items of most lists. */
  readonly transitions: boolean;
}

function nodeOf(schema: StructuralSchema | undefined, spot: Spot, broken: BrokenRule[]): RuleNode | undefined {
  if (schema === undefined) return undefined;
  const { path } = spot;
  const properties = new Map<string, RuleNode>();
  const below = { ...spot, root: false };
  const inMap = { ...below, transitions: spot.transitions && schema['x-kubernetes-map-type'] !== 'atomic' };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = nodeOf(property, { ...inMap, path: `${path}.properties[${name}]` }, broken);
    if (node !== undefined) properties.set(name, node);
  }
  const additional = nodeOf(additionalSchema(schema), { ...inMap, path: `${path}.additionalProperties` }, broken);
  const keyed = spot.transitions && schema['x-kubernetes-list-type'] === 'map';
  const items = nodeOf(schema.items, { ...below, path: `${path}.items`, transitions: keyed }, broken);
  const given = schema['x-kubernetes-validations'] ?? [];
  const type = given.length > 0 || properties.size > 0 || additional !== undefined || items !== undefined;
  if (!type) return undefined;
  const self = structuralType({ ...schema }, spot.root) ?? dynamic;
  const rules = given.flatMap((rule, index) => {
    const compiled = compileAt(rule, self, spot);
    if ('program' in compiled) return [compiled];
    broken.push({ ...compiled, path: `${path}.x-kubernetes-validations[${index}].${compiled.path}` });
    return [];
  });
  return { schema, type: self, rules, properties, additional, items };
}

const dynamic: CelType = { kind: 'primitive', name: 'dyn' };

function compileAt(rule: Rule, type: CelType, { path, transitions }: Spot): CompiledRule | BrokenRule {
  const compiled = compileRule(rule, type);
  if ('detail' in compiled) return { path: compiled.member, rule, detail: compiled.detail };
  if (compiled.usesOldSelf && !transitions) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${path}`;
    return { path: 'rule', rule, detail };
  }
  if (!compiled.usesOldSelf && rule.optionalOldSelf !== undefined) {
    return { path: 'optionalOldSelf', rule, detail: 'may not be set if oldSelf is not used in rule' };
  }
  return compiled;
}
