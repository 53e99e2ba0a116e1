import { duplicate, type FieldError, forbidden, required } from '../../errors/field-error.js';
import type { Node, Taint } from '../../generated/types.js';
import { equalJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { taintEffects } from '../../pods/validate-scheduling.js';
import { oneOf, problemsOf } from '../../validation/check.js';
import { labelValueProblems, qualifiedNameProblems } from '../../validation/names.js';

export function validateNode({ spec = {} }: Draft<Node>): FieldError[] {
  const seen = new Set<string>();
  return (spec.taints ?? []).flatMap((taint: Draft<Taint>, index) => {
    const at = `spec.taints[${index}]`;
    const { key = '', value = '', effect } = taint;
    const errors = key === '' ? [required(`${at}.key`)] : problemsOf(`${at}.key`, key, qualifiedNameProblems(key));
    errors.push(...problemsOf(`${at}.value`, value, labelValueProblems(value)), ...oneOf(`${at}.effect`, effect, taintEffects));
    if (seen.has(`${key}:${effect}`)) errors.push(duplicate(at, taint));
    seen.add(`${key}:${effect}`);
    return errors;
  });
}

/** What tells a node's pods and its machine apart from others is set once. */
export function validateNodeUpdate({ spec = {} }: Draft<Node>, old: Node): FieldError[] {
  const errors: FieldError[] = [];
  const podCidrs = old.spec.podCIDRs ?? [];
  if (podCidrs.length > 0 && !equalJson(spec.podCIDRs ?? [], podCidrs)) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if ((old.spec.providerID ?? '') !== '' && spec.providerID !== old.spec.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}
