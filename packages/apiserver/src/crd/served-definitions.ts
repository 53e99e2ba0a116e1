import {
  type CustomResourceDefinition,
  type Definition,
  type Draft,
  definitions,
  equalJson,
  type FieldError,
  invalid,
  kinds,
  type StructuralSchema,
} from '@flotilla/api';
import { costErrors } from './rule-costs.js';
import { type BrokenRule, ruleTree } from './rule-node.js';

/** The built-in kinds as this server serves them: it also compiles the rules in CEL of CustomResourceDefinitions. */
export const servedDefinitions: readonly Definition[] = definitions.map((definition) =>
  definition.group === kinds.customResourceDefinitions.group && definition.kind === kinds.customResourceDefinitions.kind
    ? withRules(definition)
    : definition,
);

/** Rules take the schema for granted: they are compiled only when nothing else is wrong. */
function withRules(definition: Definition): Definition {
  return {
    ...definition,
    validate(draft, old) {
      const errors = definition.validate?.(draft, old) ?? [];
      if (errors.length > 0) return errors;
      return brokenRules(draft as Draft<CustomResourceDefinition>, old as CustomResourceDefinition | undefined); // of that kind
    },
  };
}

function brokenRules(crd: Draft<CustomResourceDefinition>, old: CustomResourceDefinition | undefined): FieldError[] {
  return (crd.spec?.versions ?? []).flatMap((version, index) => {
    const schema = version.schema?.openAPIV3Schema as StructuralSchema | undefined; // has been found to be one
    if (schema === undefined) return [];
    const path = `spec.versions[${index}].schema.openAPIV3Schema`;
    const broken: BrokenRule[] = [];
    const rules = ruleTree(schema, path, broken);
    const errors = broken.map((found) => invalid(found.path, blamed(found.path, found.rule), found.detail));
    if (rules === undefined) return errors;
    const before = old?.spec.versions.find(({ name }) => name === version.name)?.schema?.openAPIV3Schema;
    return [...errors, ...costErrors(rules, path, equalJson(schema, before))];
  });
}

/** Kubernetes shows the whole rule, but for what concerns one member of it. */
function blamed(path: string, rule: BrokenRule['rule']): unknown {
  return path.endsWith('.optionalOldSelf') ? rule.optionalOldSelf : rule;
}
