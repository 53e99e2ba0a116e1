import { type FieldError, invalid } from '../errors/field-error.js';
import { compareQuantities, parseQuantity } from '../values/quantity.js';
import { qualifiedNameProblems } from './names.js';

/** What there can be so and so much of: what Kubernetes itself counts, and what others add under names of their own. */

const ofContainers = new Set(['cpu', 'ephemeral-storage', 'memory']);
const ofQuotas = new Set([
  ...ofContainers,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'persistentvolumeclaims',
  'configmaps',
  'services.nodeports',
  'services.loadbalancers',
]);
const standard = new Set([...ofQuotas, 'storage']);
/** Things are counted whole. */
const counted = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

const wholeNano = 1_000_000_000n;

export function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-');
}

export function isStandardQuotaName(name: string): boolean {
  return ofQuotas.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');
}

export function resourceNameProblems(name: string): string[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0 || name.includes('/')) return problems;
  const known = standard.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');
  return known ? [] : ['must be a standard resource type or fully qualified'];
}

export function containerResourceProblems(name: string): string[] {
  const problems = resourceNameProblems(name);
  if (!name.includes('/')) {
    const fits = ofContainers.has(name) || isHugePages(name);
    return fits ? problems : [...problems, 'must be a standard resource for containers'];
  }
  if (isNative(name) || isExtended(name)) return problems;
  return [...problems, "doesn't follow extended resource name standard"];
}

export function quotaResourceProblems(name: string): string[] {
  const problems = resourceNameProblems(name);
  return name.includes('/') || isStandardQuotaName(name) ? problems : [...problems, 'must be a standard resource for quota'];
}

/** Whether a name is of Kubernetes' own. */
export function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

export function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0;
}

/** What can be promised more often than it is there; devices and huge pages cannot. */
export function overcommits(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

export function validateResourceAmount(name: string, amount: string, at: string): FieldError[] {
  const errors = compareQuantities(amount, 0) < 0 ? [invalid(at, amount, 'must be greater than or equal to 0')] : [];
  const whole = parseQuantity(amount).nano % wholeNano === 0n;
  if (whole || !(counted.has(name) || isExtended(name))) return errors;
  return [...errors, invalid(at, amount, 'must be an integer')];
}
