import {
  type CustomResourceDefinition,
  type Definition,
  type Draft,
  definitions,
  type FieldError,
  invalid,
  kinds,
  type StructuralSchema,
} from '@flotilla/api';
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
      return errors.length > 0 ? errors : brokenRules(draft as Draft<CustomResourceDefinition>); // of that kind
    },
  };
}

function brokenRules(crd: Draft<CustomResourceDefinition>): FieldError[] {
  return (crd.spec?.versions ?? []).flatMap((version, index) => {
    const schema = version.schema?.openAPIV3Schema as StructuralSchema | undefined; // has been found to be one
    if (schema === undefined) return [];
    const broken: BrokenRule[] = [];
    ruleTree(schema, `spec.versions[${index}].schema.openAPIV3Schema`, broken);
    return broken.map(({ path, rule, detail }) => invalid(path, blamed(path, rule), detail));
  });
}

/** Kubernetes shows the whole rule, but for what concerns one member of it. */
function blamed(path: string, rule: BrokenRule['rule']): unknown {
  return path.endsWith('.optionalOldSelf') ? rule.optionalOldSelf : rule;
}
