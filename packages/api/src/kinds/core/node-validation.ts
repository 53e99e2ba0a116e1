import { duplicate, type FieldError, forbidden, invalid, required } from '../../errors/field-error.js';
import type { Node, NodeStatus, Taint } from '../../generated/types.js';
import { equalJson, isRecord, readJson } from '../../json.js';
import type { Draft } from '../../objects.js';
import { taintEffects } from '../../pods/validate-scheduling.js';
import { oneOf, problemsOf } from '../../validation/check.js';
import { parseCidr, validateCidr } from '../../validation/ip.js';
import { checkListAnnotation } from '../../validation/json-annotation.js';
import { labelValueProblems, qualifiedNameProblems } from '../../validation/names.js';
import { repeated } from '../../validation/repeated.js';
import { validateResourceAmount } from '../../validation/resource-names.js';

const avoidance = 'scheduler.alpha.kubernetes.io/preferAvoidPods';

/** The paths of the taints and of the swap are Kubernetes' own, wherever they are. */
export function validateNode({ metadata, spec = {}, status = {} }: Draft<Node>): FieldError[] {
  const swap = status.nodeInfo?.swap?.capacity;
  return [
    ...validateAnnotations(metadata?.annotations ?? {}, 'metadata.annotations'),
    ...validateTaints(spec.taints ?? [], 'metadata.taints'),
    ...validateAmounts(status),
    ...(swap === undefined || swap > 0 ? [] : [invalid('metadata.nodeSwapStatus.capacity', swap, 'must be greater than zero')]),
    ...validatePodCidrs(spec.podCIDRs ?? [], 'spec.podCIDRs'),
  ];
}

type Annotations = Readonly<Record<string, string | undefined>>;

/** What once was said of a node in annotations: nobody acts on it any more, but it is still looked at. */
function validateAnnotations(annotations: Annotations, field: string): FieldError[] {
  return [
    ...checkListAnnotation(annotations, field, 'scheduler.alpha.kubernetes.io/taints', 'Taint', validateTaints),
    ...validateAvoidance(annotations, field),
  ];
}

/** Of pods by the controllers that they belong to. */
function validateAvoidance({ [avoidance]: text = '' }: Annotations, field: string): FieldError[] {
  if (text === '') return [];
  const { value, problem } = readJson(text);
  if (problem !== undefined) return [invalid(`${field}.AvoidPods`, avoidance, problem)];
  const entries = memberOf(value, 'preferAvoidPods');
  return (Array.isArray(entries) ? entries : []).flatMap((entry, index) => {
    const at = `${field}.${avoidance}[${index}].PodSignature`;
    const controller = memberOf(memberOf(entry, 'podSignature'), 'podController');
    if (!isRecord(controller)) return [required(at)];
    if (controller['controller'] === true) return [];
    return [invalid(`${at}.PodController.Controller`, false, 'must point to a controller')];
  });
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function validateTaints(taints: readonly Draft<Taint>[], field: string): FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const at = `${field}[${index}]`;
    const { key = '', value = '', effect } = taint;
    const errors = problemsOf(`${at}.key`, key, qualifiedNameProblems(key));
    const problems = labelValueProblems(value);
    if (problems.length > 0) errors.push(invalid(`${at}.value`, value, problems.join(';')));
    errors.push(...oneOf(`${at}.effect`, effect, taintEffects));
    if (seen.has(`${key}:${effect}`)) errors.push(repeatedTaint(taint, at));
    seen.add(`${key}:${effect}`);
    return errors;
  });
}

/** Kubernetes shows the taint as its own programs hold it. */
function repeatedTaint({ key = '', value = '', effect = '', timeAdded }: Draft<Taint>, at: string): FieldError {
  const { message, ...error } = duplicate(at, { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null });
  return { ...error, message: `${message}: taints must be unique by key and effect pair` };
}

function validateAmounts({ capacity = {}, allocatable = {} }: Draft<NodeStatus>): FieldError[] {
  return Object.entries({ capacity, allocatable }).flatMap(([member, amounts]) =>
    Object.entries(amounts).flatMap(([name, amount]) => validateResourceAmount(name, amount ?? '0', `status.${member}.${name}`)),
  );
}

/** One range of each family at most. */
function validatePodCidrs(cidrs: readonly string[], field: string): FieldError[] {
  const errors = cidrs.flatMap((cidr, index) => validateCidr(`${field}[${index}]`, cidr));
  if (errors.length > 0 || cidrs.length < 2) return errors;
  const families = new Set(cidrs.map((cidr) => parseCidr(cidr)?.family));
  if (families.size === cidrs.length) return [];
  return [invalid(field, cidrs, 'may specify no more than one CIDR for each IP family')];
}

/** What tells a node's pods and its machine apart from others is set once. */
export function validateNodeUpdate(node: Draft<Node>, old: Node): FieldError[] {
  const { spec = {}, status = {} } = node;
  const errors = validateAddresses(status);
  const podCidrs = old.spec.podCIDRs ?? [];
  if (podCidrs.length > 0 && !equalJson(spec.podCIDRs ?? [], podCidrs)) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if ((old.spec.providerID ?? '') !== '' && spec.providerID !== old.spec.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  if ((spec.externalID ?? '') !== (old.spec.externalID ?? '')) errors.push(forbidden('spec.externalID', 'may not be updated'));
  return errors;
}

export function validateNodeStatus({ metadata, status = {} }: Draft<Node>): FieldError[] {
  return [
    ...validateAnnotations(metadata?.annotations ?? {}, 'metadata.annotations'),
    ...validateAmounts(status),
    ...validateAddresses(status),
  ];
}

function validateAddresses({ addresses = [] }: Draft<NodeStatus>): FieldError[] {
  const repeats = repeated(addresses.map(({ type, address }) => JSON.stringify([type, address])));
  return addresses.flatMap((address, index) => {
    const shown = { Type: address.type, Address: address.address }; // as Kubernetes' own programs hold it
    return repeats.has(index) ? [duplicate(`status.addresses[${index}]`, shown)] : [];
  });
}
