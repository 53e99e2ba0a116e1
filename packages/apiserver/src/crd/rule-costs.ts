import { type FieldError, forbidden, type StructuralSchema } from '@flotilla/api';
import { times } from '../cel/estimate/size.js';
import type { RuleNode } from './rule-node.js';
import { SchemaSizes } from './schema-sizes.js';

/** Kubernetes' bounds of what rules may cost in the worst case: each of them, and all that a schema has. */
const ruleCostMax = 10_000_000;
const schemaCostMax = 100_000_000;
/** When a schema is too dear, so many rules are named, of those that take a hundredth of what is allowed. */
const namedRulesMax = 4;

/**
 * What is said of rules that could take too long, before there is any object to try them on.
 * @param path of the schema
 * @param unchanged the schema is as it was: its single rules have been let in once, perhaps by an older Kubernetes
 */
export function costErrors(root: RuleNode, path: string, unchanged: boolean): FieldError[] {
  const costs = costsOf(root, { path, root: true, occurrences: 1, sizes: new SchemaSizes() });
  const dear = unchanged ? [] : costs.filter(({ cost }) => cost > ruleCostMax);
  const errors = dear.map((rule) => forbidden(rule.path, tooDear(`estimated ${rule.what} cost`, rule.cost, ruleCostMax)));
  const total = costs.reduce((sum, { cost }) => sum + cost, 0);
  if (total <= schemaCostMax) return errors;
  const dearest = costs.filter(({ cost }) => cost >= schemaCostMax / 100).sort((a, b) => b.cost - a.cost);
  const blame = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
  errors.push(...dearest.slice(0, namedRulesMax).map((rule) => forbidden(rule.path, blame)));
  const all = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
  errors.push(forbidden(path, tooDear(all, total, schemaCostMax)));
  return errors;
}

interface RuleCost {
  readonly path: string;
  readonly what: 'rule' | 'messageExpression';
  readonly cost: number;
}

interface Spot {
  readonly path: string;
  readonly root: boolean;
  /** How often the schema's values can stand in one object. Undefined: no limit that the schemas around it set. */
  readonly occurrences: number | undefined;
  readonly sizes: SchemaSizes;
}

function costsOf(node: RuleNode, spot: Spot): RuleCost[] {
  const { schema, properties, additional, items } = node;
  const below = (inner: RuleNode | undefined, step: string): RuleCost[] => {
    if (inner === undefined) return [];
    const occurrences = together(spot.occurrences, elementsMax(schema));
    return costsOf(inner, { ...spot, path: `${spot.path}.${step}`, root: false, occurrences });
  };
  return [
    ...below(additional, 'additionalProperties'),
    ...[...properties].flatMap(([name, property]) => below(property, `properties[${name}]`)),
    ...below(items, 'items'),
    ...ownCosts(node, spot),
  ];
}

function ownCosts({ schema, rules }: RuleNode, spot: Spot): RuleCost[] {
  const root = spot.root || schema['x-kubernetes-embedded-resource'] === true;
  const declared = spot.sizes.declared(schema, root);
  const occurrences = spot.occurrences ?? spot.sizes.occurrencesMax(schema, root);
  return rules.flatMap(({ rule, program, message }): RuleCost[] => {
    const index = schema['x-kubernetes-validations']?.indexOf(rule);
    const path = `${spot.path}.x-kubernetes-validations[${index}]`;
    const cost = times(program.estimatedCost(declared), occurrences);
    const own: RuleCost = { path: `${path}.rule`, what: 'rule', cost };
    if (message === undefined) return [own];
    const what = 'messageExpression';
    return [own, { path: `${path}.${what}`, what, cost: message.estimatedCost(declared) }];
  });
}

/** How many values each value of the schema holds. Undefined: as many as anyone likes. */
function elementsMax(schema: StructuralSchema): number | undefined {
  const { type, additionalProperties, maxProperties, maxItems } = schema;
  const limit = type === 'array' ? maxItems : type === 'object' && additionalProperties !== undefined ? maxProperties : 1;
  return limit === undefined ? undefined : Math.max(0, limit);
}

function together(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : times(a, b);
}

function tooDear(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const text = factor > 100 ? 'more than 100x' : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${what} exceeds budget by factor of ${text} (${advice})`;
}
